import type { FeedEntry } from './feed-entry.js';

/** Where to begin: behind everything there is, behind a cursor, or with the first change of a time. */
export type FeedStart = 'now' | { readonly cursor: string } | { readonly time: Date };

/** Who catches up with the feed. */
export interface FeedReceiver {
  /** One entry at a time, in order. The next one waits for its promise; whoever needs long gives way to the others. */
  take(entry: FeedEntry): void | Promise<void>;
  /** Called in the turn of the event loop in which nothing is between what was taken and what `listen` tells next. */
  live(): void;
}

/**
 * Every change once and in order, as one stream for all replicas: a client's cursor means the same to each of them.
 * ADR 0009.
 */
export abstract class Feed {
  /** The newest entry's cursor; undefined until there is one, or the feed is known to be empty. */
  abstract readonly head: string | undefined;

  /** Every entry from now on, in order, each in a turn of its own. One listener: the fan-out. It must not throw. */
  abstract listen(listener: (entry: FeedEntry) => void): void;

  /**
   * Everything since `from`, then `receiver.live()`. Resolves when that has been called; goes on by itself while the
   * broker is away. What `receiver.take` throws ends it.
   * @throws FeedCursorError where the cursor is none; the signal's reason where it fires first
   */
  abstract replay(from: FeedStart, receiver: FeedReceiver, signal: AbortSignal): Promise<void>;
}
