import type { RealtimeCloseCode } from '@sluice/contracts';
import type { WebSocket } from 'ws';
import { Outlet } from '../connection/outlet.js';

const TEXT = { binary: false, compress: false } as const;
/** What a close frame has room for (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

/** A client at a WebSocket. */
export class WebSocketOutlet extends Outlet {
  readonly wire = 'websocket';

  constructor(private readonly socket: WebSocket) {
    super();
  }

  override get unsentBytes(): number {
    return this.socket.bufferedAmount;
  }

  override write(bytes: Buffer, flushed?: () => void): void {
    if (flushed === undefined) this.socket.send(bytes, TEXT);
    else this.socket.send(bytes, TEXT, () => flushed());
  }

  /** The gateway hears the answer. */
  override ping(): void {
    this.socket.ping();
  }

  override noteEmpty(): boolean {
    return false;
  }

  override end(code: RealtimeCloseCode, reason: string): void {
    this.socket.close(code, Buffer.from(reason).subarray(0, MAX_REASON_BYTES).toString('latin1'));
  }

  override destroy(): void {
    this.socket.terminate();
  }
}
