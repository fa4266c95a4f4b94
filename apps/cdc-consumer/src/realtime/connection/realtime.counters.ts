import type { RealtimeMessage } from '@sluice/contracts';
import type { Wire } from '../fan-out/shared.message.js';

/** What live push has done since the start, for the metrics. */
export class RealtimeCounters {
  readonly messages = new Map<RealtimeMessage['type'], number>();
  readonly bytes = new Map<Wire, number>();
  readonly closed = new Map<number, number>();
  refused = 0;
  /** Time spent finding subscriptions and writing to them. */
  fanOutMs = 0;

  noteSent(type: RealtimeMessage['type'], wire: Wire, bytes: number): void {
    this.messages.set(type, (this.messages.get(type) ?? 0) + 1);
    this.bytes.set(wire, (this.bytes.get(wire) ?? 0) + bytes);
  }

  noteClosed(code: number): void {
    this.closed.set(code, (this.closed.get(code) ?? 0) + 1);
  }
}
