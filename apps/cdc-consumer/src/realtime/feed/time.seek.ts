import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { reopenDelayMs } from '@sluice/messaging';
import type { ProgressStart } from './receiver.progress.js';
import { timeOf } from './height.js';
import type { StreamMessage } from './stream-message.js';
import type { StreamPlace, StreamQueue } from './stream.queue.js';
import { whileOpen } from './while-open.js';

/** The clocks of MongoDB, which say when a change was, and of RabbitMQ, which say when it came, may differ by so much. */
const CLOCK_SKEW_MS = 10_000;

/** Finds where a time is in the stream queue. One search at a time: each opens the queue twice. */
export class TimeSeek {
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly queue: StreamQueue) {}

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
        // Else, where nothing has come since, nothing would be found.
        await this.queue.mark(randomUUID());
        const begin = Math.max(0, Math.min(time.getTime(), Date.now()) - CLOCK_SKEW_MS); // AMQP has no time before 1970
        const found = await this.firstAt({ time: new Date(begin) }, signal);
        const first = await this.firstAt('first', signal);
        if (found !== undefined && first !== undefined) return startAt(found, first, time);
      } catch {
        signal.throwIfAborted(); // else the broker is away: the tail says so
      }
      await sleep(reopenDelayMs(attempt), undefined, { signal });
    }
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
