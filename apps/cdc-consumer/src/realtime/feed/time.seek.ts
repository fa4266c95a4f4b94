import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { reopenDelayMs } from '@sluice/messaging';
import { systemMarkClock, type MarkClock } from './mark-clock.js';
import type { ProgressStart } from './receiver.progress.js';
import { timeOf } from './height.js';
import type { StreamMessage } from './stream-message.js';
import type { StreamPlace, StreamQueue } from './stream.queue.js';
import { whileOpen } from './while-open.js';

/** The clocks of MongoDB, which say when a change was, and of RabbitMQ, which say when it came, may differ by so much. */
const CLOCK_SKEW_MS = 10_000;
/** For so long one mark serves all searches: much less than they begin before their time at. */
export const LEAST_DISTANCE_MS = 1_000;

/** Finds where a time is in the stream queue. One search at a time: each opens the queue twice. */
export class TimeSeek {
  private turn: Promise<unknown> = Promise.resolve();
  private markedAtMs = -Infinity;

  constructor(
    private readonly queue: StreamQueue,
    private readonly clock: Pick<MarkClock, 'nowMs'> = systemMarkClock,
  ) {}

  /** Waits for the broker. @throws the signal's reason */
  startOf(time: Date, signal: AbortSignal): Promise<ProgressStart> {
    const found = this.turn.then(() => this.search(time, signal));
    this.turn = found.catch(() => undefined);
    return found;
  }

  private async search(time: Date, signal: AbortSignal): Promise<ProgressStart> {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        await this.queue.ready(signal);
        await this.mark();
        const begin = Math.max(0, Math.min(time.getTime(), Date.now()) - CLOCK_SKEW_MS); // AMQP has no time before 1970
        const found = await this.firstAt({ time: new Date(begin) }, signal);
        const first = await this.firstAt('first', signal);
        if (found !== undefined && first !== undefined) return startAt(found, first, time);
      } catch {
        this.markedAtMs = -Infinity; // what holds the last one may be gone
        signal.throwIfAborted(); // else the broker is away: the tail says so
      }
      await sleep(reopenDelayMs(attempt), undefined, { signal });
    }
  }

  /** Where nothing has come since a time, nothing would be found. */
  private async mark(): Promise<void> {
    const nowMs = this.clock.nowMs();
    if (nowMs - this.markedAtMs < LEAST_DISTANCE_MS) return;
    await this.queue.mark(randomUUID());
    this.markedAtMs = nowMs;
  }

  private async firstAt(place: StreamPlace, signal: AbortSignal): Promise<StreamMessage | undefined> {
    let found: StreamMessage | undefined;
    await whileOpen(await this.queue.open(place), signal, ([message]) => {
      found = message;
      return 'enough';
    });
    return found;
  }
}

function startAt(found: StreamMessage, first: StreamMessage, since: Date): ProgressStart {
  const start = { offset: found.offset - 1, identity: undefined, since };
  const isLater = found.change !== undefined && timeOf(found.change.position, 1) > since;
  const isCutOff = found.offset === first.offset && first.offset > 0 && isLater;
  return isCutOff ? { ...start, owed: { reason: 'retention', from: since } } : start;
}
