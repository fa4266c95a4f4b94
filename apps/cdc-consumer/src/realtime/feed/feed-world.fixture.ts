import type { FeedEntry } from './feed-entry.js';
import { FeedCounters } from './feed.counters.js';
import type { FeedStart } from './feed.js';
import { FeedReaders } from './feed.readers.js';
import { FeedTail } from './feed.tail.js';
import { MemoryStreamQueue } from './memory-stream.queue.fixture.js';
import { StreamFeed } from './stream.feed.js';
import { TimeSeek } from './time.seek.js';

export interface WorldOptions {
  readonly bufferBytes?: number;
  readonly lookBack?: number;
  readonly remembered?: number;
  readonly silenceMs?: number;
}

/** A replica's feed on a stream queue without a broker. */
export class FeedReplica {
  readonly counters = new FeedCounters();
  readonly tail: FeedTail;
  readonly feed: StreamFeed;
  private readonly live = new Set<TestReceiver>();
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(
    readonly queue: MemoryStreamQueue,
    { bufferBytes = 1_000_000, lookBack = 20, remembered = 10, silenceMs = 30_000 }: WorldOptions = {},
  ) {
    this.tail = new FeedTail(queue, this.counters, { bufferBytes, lookBack, remembered, silenceMs });
    const readers = new FeedReaders(queue, this.tail, this.counters, lookBack);
    this.feed = new StreamFeed({ queue: queue.name, tail: this.tail, readers, times: new TimeSeek(queue) });
    this.feed.listen((entry) => {
      for (const receiver of this.live) receiver.told(entry);
    });
    this.running = this.tail.run(this.stopping.signal);
  }

  /** Follows the feed, as the fan-out does: catches up, then gets what is new. */
  follow(from: FeedStart, isSlow: () => boolean = () => false): TestReceiver {
    const receiver = new TestReceiver(isSlow, () => this.live.add(receiver));
    receiver.joined = this.feed.replay(from, receiver, receiver.leaving.signal);
    return receiver;
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }
}

/** Notes what it is told. */
export class TestReceiver {
  readonly entries: FeedEntry[] = [];
  readonly leaving = new AbortController();
  joined: Promise<void> = Promise.resolve();
  isLive = false;
  private isTaking = false;

  constructor(
    private readonly isSlow: () => boolean,
    private readonly join: () => void,
  ) {}

  get ids(): string[] {
    return this.entries.flatMap((entry) => (entry.kind === 'event' ? entry.id : []));
  }
  get gaps() {
    return this.entries.flatMap((entry) => (entry.kind === 'gap' ? entry.gap : []));
  }

  take(entry: FeedEntry): void | Promise<void> {
    if (this.isTaking) throw new Error('an entry came before the one before it was taken');
    this.entries.push(entry);
    if (!this.isSlow()) return;
    this.isTaking = true;
    return new Promise((resolve) =>
      setImmediate(() => {
        this.isTaking = false;
        resolve();
      }),
    );
  }

  live(): void {
    if (this.isTaking || this.isLive) throw new Error('it was live before it had taken everything, or twice');
    this.isLive = true;
    this.join();
  }

  told(entry: FeedEntry): void {
    this.entries.push(entry);
  }
}

/** The messages of one change stream: number n is the change n seconds after the beginning. */
export function change(stream: string, number: number) {
  const position = `${String(number).padStart(10, '0')}.0000000000.000000.00000000`;
  return [{ id: `${stream} ${number}` }, { stream, position, operation: 'insert', topic: 'shop.orders' }] as const;
}
