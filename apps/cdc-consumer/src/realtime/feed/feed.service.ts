import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { FeedTail } from './feed.tail.js';
import { FeedBinding } from './rabbit/feed.binding.js';
import { FeedConnection } from './rabbit/feed.connection.js';

/** Runs what the feed needs, from the app's start to its shutdown. */
@Injectable()
export class FeedService implements OnApplicationBootstrap {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly connection: FeedConnection,
    private readonly tail: FeedTail,
    private readonly binding: FeedBinding,
  ) {}

  onApplicationBootstrap(): void {
    this.connection.start();
    const { signal } = this.stopping;
    this.running = Promise.all([this.tail.run(signal), this.binding.run(signal)]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.connection.close(); // nobody waits for a broker that does not answer
    await this.running;
  }
}
