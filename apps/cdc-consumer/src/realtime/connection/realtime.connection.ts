import { REALTIME_CLOSE, type RealtimeCloseCode, type RealtimeMessage } from '@sluice/contracts';
import type { Caller } from '@sluice/platform';
import type { Recipient, SharedMessage } from '../fan-out/shared.message.js';
import type { RealtimeLimits } from '../limits/realtime.limits.js';
import type { LiveSubscription } from '../subscription/live.subscription.js';
import type { Outlet } from './outlet.js';
import type { RealtimeCounters } from './realtime.counters.js';

/** Ended in order, as a WebSocket with nothing to complain of (RFC 6455, section 7.4.1). */
const NORMAL_CLOSE = 1000;

/** One client: who it is, what it is subscribed to, and how much of what it was sent it has not read. */
export class RealtimeConnection {
  readonly subscriptions = new Map<string, LiveSubscription>();
  /** Beats without a sign of life. */
  silentBeats = 0;
  private isClosed = false;

  constructor(
    readonly outlet: Outlet,
    readonly caller: Caller,
    private readonly limits: Pick<RealtimeLimits, 'bufferBytes'>,
    private readonly counters: RealtimeCounters,
  ) {}

  get isOpen(): boolean {
    return !this.isClosed;
  }

  /** Sends, or closes: whoever does not read is no reason to keep what comes for it without end. */
  send(message: SharedMessage, to: Recipient, flushed?: () => void): void {
    this.write(message.type, message.parts(this.outlet.wire, to), flushed);
  }

  /** A message that is about no subscription. */
  tellAll(message: Extract<RealtimeMessage, { type: 'heartbeat' | 'error' }>): void {
    const json = JSON.stringify(message);
    const text =
      this.outlet.wire === 'websocket'
        ? json
        : `event: ${message.type}\n${idOf(message, this.outlet)}data: ${json}\n\n`;
    this.write(message.type, [Buffer.from(text)]);
  }

  /** Half full: whoever sends of his own accord waits. Live changes may use the rest. */
  get isCrowded(): boolean {
    return this.outlet.unsentBytes > this.limits.bufferBytes / 2;
  }

  /** Says why. What the client has not read by then is not waited for. */
  close(code: RealtimeCloseCode, reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.counters.noteClosed(code);
    this.outlet.end(code, reason);
  }

  /** Its last subscription has ended. Where the wire ends with it, nothing may be written behind its end. */
  noteEmpty(): void {
    if (this.isOpen && this.outlet.noteEmpty()) this.noteGone(NORMAL_CLOSE);
  }

  /** The client went, or the wire broke. */
  noteGone(code: number): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.counters.noteClosed(code);
  }

  private write(type: RealtimeMessage['type'], parts: readonly Buffer[], flushed?: () => void): void {
    if (this.isClosed) return void flushed?.();
    const { outlet } = this;
    if (outlet.unsentBytes > this.limits.bufferBytes) {
      this.close(REALTIME_CLOSE.slowClient, `more than ${this.limits.bufferBytes} bytes were not read`);
      return void flushed?.();
    }
    outlet.write(parts, flushed);
    this.counters.noteSent(
      type,
      outlet.wire,
      parts.reduce((sum, { length }) => sum + length, 0),
    );
  }
}

/** Where the one subscription of server-sent events stands: a browser comes back from there. */
function idOf(message: Extract<RealtimeMessage, { type: 'heartbeat' | 'error' }>, { idSuffix }: Outlet): string {
  const [cursor] = message.type === 'heartbeat' ? Object.values(message.cursors) : [];
  return cursor === undefined ? '' : `id: ${cursor}${idSuffix}\n`;
}
