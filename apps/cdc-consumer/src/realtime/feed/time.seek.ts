import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { reopenDelayMs } from '@sluice/messaging';
import { untilAborted } from '@sluice/platform';
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

/** What is first of a second, and first of all. */
interface Found {
  readonly at: StreamMessage;
  readonly first: StreamMessage;
}

interface Search {
  readonly found: Promise<Found>;
  readonly stop: AbortController;
  waiting: number;
}

/** Finds where a time is in the stream queue. One search at a time, and one for all of a second: each opens the queue twice. */
export class TimeSeek {
  /** Those that somebody waits for, by second. */
  private readonly searches = new Map<number, Search>();
  private turn: Promise<unknown> = Promise.resolve();
  private markedAtMs = -Infinity;

  constructor(
    private readonly queue: StreamQueue,
    private readonly clock: Pick<MarkClock, 'nowMs'> = systemMarkClock,
  ) {}

  /** Waits for the broker. @throws the signal's reason */
  async startOf(time: Date, signal: AbortSignal): Promise<ProgressStart> {
    const second = Math.floor(time.getTime() / 1_000);
    const search = this.searches.get(second) ?? this.begin(second);
    search.waiting += 1;
    try {
      const found = await untilAborted(search.found, signal);
      if (found !== undefined) return startAt(found, time);
      throw signal.reason;
    } finally {
      search.waiting -= 1;
      if (search.waiting === 0) {
        search.stop.abort();
        this.searches.delete(second);
      }
    }
  }

  private begin(second: number): Search {
    const stop = new AbortController();
    const found = this.turn.then(() => this.search(second * 1_000, stop.signal));
    this.turn = found.catch(() => undefined);
    const search = { found, stop, waiting: 0 };
    this.searches.set(second, search);
    return search;
  }

  private async search(timeMs: number, signal: AbortSignal): Promise<Found> {
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        await this.queue.ready(signal);
        await this.mark();
        const begin = Math.max(0, Math.min(timeMs, Date.now()) - CLOCK_SKEW_MS); // AMQP has no time before 1970
        const at = await this.firstAt({ time: new Date(begin) }, signal);
        const first = await this.firstAt('first', signal);
        if (at !== undefined && first !== undefined) return { at, first };
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

function startAt({ at, first }: Found, since: Date): ProgressStart {
  const start = { offset: at.offset - 1, identity: undefined, since };
  const isLater = at.change !== undefined && timeOf(at.change.position, 1) > since;
  const isCutOff = at.offset === first.offset && first.offset > 0 && isLater;
  return isCutOff ? { ...start, owed: { reason: 'retention', from: since } } : start;
}
