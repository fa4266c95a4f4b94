import type { RealtimeCloseCode } from '@sluice/contracts';
import type { Wire } from '../fan-out/shared.message.js';

/** A client's end of the wire. */
export abstract class Outlet {
  abstract readonly wire: Wire;
  /** What stands behind the cursors in the ids of server-sent events. */
  abstract readonly idSuffix: string;
  /** Bytes that wait for the client to read. */
  abstract readonly unsentBytes: number;
  /** Bytes that the operating system has taken so far; always the same where that cannot be told. */
  get takenBytes(): number {
    return 0;
  }
  /** One message; `flushed` is called once it is handed to the operating system, or never will be. */
  abstract write(parts: readonly Buffer[], flushed?: () => void): void;
  /** Asks for a sign of life, where the protocol has one. */
  abstract ping(alive: () => void): void;
  /** Its last subscription has ended; a wire that can have no other ends too, and answers true. */
  abstract noteEmpty(): boolean;
  /** Says why, and ends it in order. */
  abstract end(code: RealtimeCloseCode, reason: string): void;
  /** Ends it at once. */
  abstract destroy(): void;
}
