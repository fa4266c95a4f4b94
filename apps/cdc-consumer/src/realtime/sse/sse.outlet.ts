import type { ServerResponse } from 'node:http';
import type { RealtimeCloseCode } from '@sluice/contracts';
import { Outlet } from '../connection/outlet.js';

/** How long a browser waits before it comes back. */
const RETRY_MS = 1_000;
const COMMENT = Buffer.from(':\n\n');

/** A client of server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export class SseOutlet extends Outlet {
  readonly wire = 'sse';

  constructor(private readonly response: ServerResponse) {
    super();
    // Node.js raises it where something is written between the client's going and the news of it.
    response.on('error', () => undefined);
  }

  begin(): void {
    this.response.writeHead(200, {
      'Content-Type': 'text/event-stream; charset=utf-8',
      'Cache-Control': 'no-store',
      'X-Accel-Buffering': 'no', // nginx would gather before it passes on
    });
    this.response.write(`retry: ${RETRY_MS}\n\n`);
  }

  override get unsentBytes(): number {
    return this.response.writableLength;
  }

  override write(parts: readonly Buffer[], flushed?: () => void): void {
    if (this.response.writableEnded) return flushed?.();
    const last = parts.length - 1;
    parts.forEach((part, index) => {
      if (index < last || flushed === undefined) this.response.write(part);
      else this.response.write(part, () => flushed());
    });
  }

  /** There is no answer to it, but what is not taken from us shows that nobody reads. */
  override ping(alive: () => void): void {
    if (this.response.writableEnded) return;
    this.response.write(COMMENT, (error) => {
      if (error == null) alive();
    });
  }

  override end(code: RealtimeCloseCode, reason: string): void {
    this.response.end(`: ${code} ${reason}\n\n`);
  }

  /** It has one subscription. */
  override noteEmpty(): boolean {
    this.response.end();
    return true;
  }

  override destroy(): void {
    this.response.destroy();
  }
}
