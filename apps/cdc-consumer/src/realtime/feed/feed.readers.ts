import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { CatchingUp } from './catching-up.js';
import type { FeedCounters } from './feed.counters.js';
import type { ReceiverProgress } from './receiver.progress.js';
import { FeedReader } from './feed.reader.js';
import type { FeedTail } from './feed.tail.js';
import type { StreamQueue } from './stream.queue.js';

/** Each reads the stream queue for itself, and the broker from its disk. */
const MOST_READERS = 4;
/** Before a reader is tried again that the broker did not open. */
const RETRY_MS = 200;

/**
 * Brings those up whose place is no longer in memory. One reader serves everybody who is ahead of it, so that a crowd
 * that comes back at once costs as much as the one among them who was away for longest.
 */
export class FeedReaders {
  private readonly logger = new Logger(FeedReaders.name);
  private readonly readers = new Set<FeedReader>();
  private waiting: CatchingUp[] = [];

  constructor(
    private readonly queue: StreamQueue,
    private readonly tail: FeedTail,
    private readonly counters: FeedCounters,
    private readonly lookBack?: number,
  ) {}

  get size(): number {
    return this.readers.size;
  }
  get waitingCount(): number {
    return this.waiting.length;
  }

  /** Resolves when it is to look again where it stands: in memory, as a rule. */
  async catchUp(progress: ReceiverProgress, signal: AbortSignal): Promise<void> {
    await this.tail.followed(signal); // without a connection no reader gets far
    if (!progress.isOf(this.tail.birth)) return;
    const one = new CatchingUp(progress, signal);
    const reader = [...this.readers].find((each) => each.takes(one));
    if (reader === undefined) this.waiting.push(one);
    this.fill();
    try {
      await one.ended;
    } finally {
      this.waiting = this.waiting.filter((each) => each !== one);
    }
  }

  private fill(): void {
    this.letGoOfOthers();
    while (this.readers.size < MOST_READERS && this.waiting.length > 0) {
      const begin = Math.min(...this.waiting.map(({ progress }) => progress.offset));
      const reader = new FeedReader(this.queue, this.tail, this.counters, begin, {
        lookBack: this.lookBack,
        isWanted: () => this.waiting.length > 0,
      });
      this.readers.add(reader);
      this.waiting = this.waiting.filter((one) => !reader.takes(one));
      void this.run(reader);
    }
  }

  /** The stream queue was made anew while they waited: their places are none of it, and no reader gets there. */
  private letGoOfOthers(): void {
    const others = this.waiting.filter(({ progress }) => !progress.isOf(this.tail.birth));
    this.waiting = this.waiting.filter((one) => !others.includes(one));
    for (const one of others) one.end();
  }

  /** Never rejects: whoever is left looks again. */
  private async run(reader: FeedReader): Promise<void> {
    try {
      await reader.run();
    } catch (error) {
      this.logger.warn(`reading for those who catch up was ended, it is tried again: ${String(error)}`);
      await sleep(RETRY_MS);
    } finally {
      this.readers.delete(reader);
      reader.release();
      this.fill();
    }
  }
}
