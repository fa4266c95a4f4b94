import { REALTIME_CLOSE, type RealtimeMessage } from '@sluice/contracts';
import type { Wire } from '../fan-out/shared.message.js';

/** RFC 6455's own, and ours. */
const KNOWN_CODES: ReadonlySet<number> = new Set([
  ...[1000, 1001, 1002, 1003, 1005, 1006, 1007, 1008, 1009, 1011],
  ...Object.values(REALTIME_CLOSE),
]);
const OTHER_CODE = 0;

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

  /** A client may close with any code: those of its own count as one. */
  noteClosed(code: number): void {
    const label = KNOWN_CODES.has(code) ? code : OTHER_CODE;
    this.closed.set(label, (this.closed.get(label) ?? 0) + 1);
  }
}
