import type { Socket } from 'node:net';
import type { RealtimeCloseCode } from '@sluice/contracts';
import type { WebSocket } from 'ws';
import { Outlet } from '../connection/outlet.js';
import { takenBytes } from '../connection/taken.bytes.js';

const TEXT = { binary: false, compress: false } as const;
const FRAGMENT = { ...TEXT, fin: false } as const;
/** What a close frame has room for (RFC 6455, section 5.5). */
const MAX_REASON_BYTES = 123;

/** A client at a WebSocket. */
export class WebSocketOutlet extends Outlet {
  readonly wire = 'websocket';
  readonly idSuffix = '';

  constructor(
    private readonly socket: WebSocket,
    private readonly wireSocket: Socket,
  ) {
    super();
  }

  override get unsentBytes(): number {
    return this.socket.bufferedAmount;
  }

  override get takenBytes(): number {
    return takenBytes(this.wireSocket);
  }

  /** In as many fragments as it has parts, so that none is copied (RFC 6455, section 5.4). */
  override write(parts: readonly Buffer[], flushed?: () => void): void {
    const last = parts.length - 1;
    parts.forEach((part, index) => {
      if (index < last) this.socket.send(part, FRAGMENT);
      else if (flushed === undefined) this.socket.send(part, TEXT);
      else this.socket.send(part, TEXT, () => flushed());
    });
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
