import type { RealtimeCloseCode, RealtimeMessage } from '@sluice/contracts';
import { Outlet } from '../connection/outlet.js';

/** A client that keeps what it is sent, and reads as much as a test lets it. */
export class RecordingOutlet extends Outlet {
  readonly wire = 'websocket';
  readonly idSuffix = '';
  readonly messages: RealtimeMessage[] = [];
  closed: { code: RealtimeCloseCode; reason: string } | undefined;
  pings = 0;
  unsentBytes = 0;
  taken = 0;
  /** Nothing is flushed, and everything stays unsent. */
  isStuck = false;
  private readonly waiting: (() => void)[] = [];

  override get takenBytes(): number {
    return this.taken;
  }

  override write(parts: readonly Buffer[], flushed?: () => void): void {
    const bytes = Buffer.concat(parts);
    this.messages.push(JSON.parse(bytes.toString()) as RealtimeMessage);
    if (this.isStuck) this.unsentBytes += bytes.length;
    if (flushed !== undefined) this.waiting.push(flushed);
    if (!this.isStuck) this.flush();
  }

  /** The client reads everything. */
  flush(): void {
    this.unsentBytes = 0;
    for (const flushed of this.waiting.splice(0)) flushed();
  }

  override ping(): void {
    this.pings += 1;
  }

  override noteEmpty(): boolean {
    return false;
  }

  override end(code: RealtimeCloseCode, reason: string): void {
    this.closed = { code, reason };
    this.flush();
  }

  override destroy(): void {
    this.flush();
  }

  of<T extends RealtimeMessage['type']>(type: T): Extract<RealtimeMessage, { type: T }>[] {
    return this.messages.filter((each): each is Extract<RealtimeMessage, { type: T }> => each.type === type);
  }
}
