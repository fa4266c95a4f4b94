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
  private taken = { bytes: 0, hasLeftSome: false };
  private readonly waiting: (() => void)[] = [];

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
  send(message: SharedMessage, to: Recipient): void {
    this.write(message.type, message.parts(this.outlet.wire, to));
  }

  /**
   * For whoever sends of his own accord: writes now, or once there is room. Of many who wait one writes after the other
   * and each looks again, since together they would fill what a client has that does read.
   */
  whenRoom(write: () => void): void | Promise<void> {
    return this.isCrowded ? this.onceRoom(write) : write();
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

  /**
   * Whether the client has taken more since this was asked before. It counts only where something was left unsent then:
   * a system's own buffer takes what fits into it for a client that is long gone too.
   */
  hasTakenMore(): boolean {
    const { takenBytes: bytes, unsentBytes } = this.outlet;
    const hasTaken = this.taken.hasLeftSome && bytes !== this.taken.bytes;
    this.taken = { bytes, hasLeftSome: unsentBytes > 0 };
    return hasTaken;
  }

  /** Says why. What the client has not read by then is not waited for. */
  close(code: RealtimeCloseCode, reason: string): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.counters.noteClosed(code);
    this.outlet.end(code, reason);
    this.wake();
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
    this.wake();
  }

  private write(type: RealtimeMessage['type'], parts: readonly Buffer[]): void {
    if (this.isClosed) return;
    const { outlet } = this;
    const { bufferBytes } = this.limits;
    if (outlet.unsentBytes > bufferBytes) {
      return this.close(REALTIME_CLOSE.slowClient, `more than ${bufferBytes} bytes were not read`);
    }
    const bytes = parts.reduce((sum, { length }) => sum + length, 0);
    // Well before anybody has to wait: of what is unsent then, the last message tells when it has left.
    const isFilling = outlet.unsentBytes + bytes > bufferBytes / 4;
    outlet.write(parts, isFilling ? this.noteFlushed : undefined);
    this.counters.noteSent(type, outlet.wire, bytes);
  }

  /** Half full. Live changes may use the rest. */
  private get isCrowded(): boolean {
    return !this.isClosed && this.outlet.unsentBytes > this.limits.bufferBytes / 2;
  }

  private async onceRoom(write: () => void): Promise<void> {
    while (this.isCrowded) await new Promise<void>((resolve) => this.waiting.push(resolve));
    write();
  }

  private readonly noteFlushed = (): void => {
    if (!this.isCrowded) this.wake();
  };

  private wake(): void {
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** Where the one subscription of server-sent events stands: a browser comes back from there. */
function idOf(message: Extract<RealtimeMessage, { type: 'heartbeat' | 'error' }>, { idSuffix }: Outlet): string {
  const [cursor] = message.type === 'heartbeat' ? Object.values(message.cursors) : [];
  return cursor === undefined ? '' : `id: ${cursor}${idSuffix}\n`;
}
