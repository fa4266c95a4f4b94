import { Feed, type FeedStart } from '../../../apps/cdc-consumer/src/realtime/feed/feed.js';
import type { FeedEntry } from '../../../apps/cdc-consumer/src/realtime/feed/feed-entry.js';
import type { TestConsumer } from './consumer-system.js';

/** What a replica tells its live clients: all of them, as the fan-out does. */
export class FeedFanOut {
  readonly feed: Feed;
  private readonly live = new Set<FeedClient>();

  constructor({ app }: TestConsumer) {
    this.feed = app.get(Feed);
    this.feed.listen((entry) => {
      for (const client of this.live) client.take(entry);
    });
  }

  /** Resolves when the client is live. */
  async follow(client: FeedClient, from: FeedStart = client.start): Promise<void> {
    const { signal } = client.connect();
    signal.addEventListener('abort', () => this.live.delete(client));
    const live = () => {
      client.cursor ??= this.feed.head;
      this.live.add(client);
    };
    await this.feed.replay(from, { take: (entry) => client.take(entry), live }, signal);
  }
}

/** Follows the feed by its cursor, over any number of connections. */
export class FeedClient {
  readonly entries: FeedEntry[] = [];
  cursor: string | undefined;
  private connection = new AbortController();

  /** `stream`: whose events count; what other tests have published may still come. */
  constructor(readonly stream?: string) {}

  get start(): FeedStart {
    return this.cursor === undefined ? 'now' : { cursor: this.cursor };
  }
  get ids(): string[] {
    return this.entries.flatMap((entry) =>
      entry.kind === 'event' && entry.stream === (this.stream ?? entry.stream) ? entry.id : [],
    );
  }
  get gaps() {
    return this.entries.flatMap((entry) => (entry.kind === 'gap' ? entry.gap : []));
  }

  take(entry: FeedEntry): void {
    this.entries.push(entry);
    this.cursor = entry.cursor;
  }

  connect(): AbortController {
    this.disconnect();
    return (this.connection = new AbortController());
  }

  disconnect(): void {
    this.connection.abort();
  }
}
