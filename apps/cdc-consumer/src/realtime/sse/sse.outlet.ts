import type { ServerResponse } from 'node:http';
import type { RealtimeCloseCode } from '@sluice/contracts';
import { Outlet } from '../connection/outlet.js';
import { takenBytes } from '../connection/taken.bytes.js';
import { idSuffix } from './last-event-id.js';

/** How long a browser waits before it comes back. Each has its own time, or all would come at once after a restart. */
const RETRY_MS = { least: 1_000, most: 5_000 };
/** And behind an error: its way back would bring the same answer, as a snapshot that no index serves, every second. */
const RETRY_REFUSED_MS = 30_000;
const COMMENT = Buffer.from(':\n\n');

/** Of an answer that is a stream of events. */
export const STREAM_HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  'X-Accel-Buffering': 'no', // nginx would gather before it passes on
};

/** A client of server-sent events. https://html.spec.whatwg.org/multipage/server-sent-events.html */
export class SseOutlet extends Outlet {
  readonly wire = 'sse';
  readonly idSuffix: string;

  /** `returnKey`: what lets the browser back in, where it came with a ticket. */
  constructor(
    private readonly response: ServerResponse,
    returnKey?: string,
    private readonly random: () => number = Math.random,
  ) {
    super();
    this.idSuffix = idSuffix(returnKey);
    // Node.js raises it where something is written between the client's going and the news of it.
    response.on('error', () => undefined);
  }

  /** `cursor`: where it goes on; a browser that is cut before the first message says it again. */
  begin(cursor?: string): void {
    this.response.writeHead(200, STREAM_HEADERS);
    const id = this.idSuffix === '' ? '' : `id: ${cursor ?? ''}${this.idSuffix}\n`;
    const retryMs = RETRY_MS.least + Math.floor(this.random() * (RETRY_MS.most - RETRY_MS.least + 1));
    this.response.write(`retry: ${retryMs}\n${id}\n`);
  }

  override get unsentBytes(): number {
    return this.response.writableLength;
  }

  override get takenBytes(): number {
    const { socket } = this.response;
    return socket === null ? 0 : takenBytes(socket);
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

  /** It has one subscription. `begin` has the browser come back soon again. */
  override noteEmpty(): boolean {
    this.response.end(`retry: ${RETRY_REFUSED_MS}\n\n`);
    return true;
  }

  override destroy(): void {
    this.response.destroy();
  }
}
