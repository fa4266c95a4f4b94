import { encodeCursor, identityOf } from './feed-cursor.codec.js';
import type { FeedEntry, FeedGapEntry } from './feed-entry.js';
import type { Height } from './height.js';

/** A place in the feed whose cursor is made when somebody asks for it, and then kept. */
export class CursorPlace {
  private made: string | undefined;

  constructor(
    readonly queue: string,
    readonly offset: number,
    /** Of the message there; undefined where nobody has seen it. */
    private readonly messageId: string | undefined,
    readonly heights: readonly Height[],
  ) {}

  get identity(): string | undefined {
    return this.messageId === undefined ? undefined : identityOf(this.messageId);
  }
  get cursor(): string {
    return (this.made ??= encodeCursor(this));
  }

  /** The same place, where this change stream is known to have stood so high. */
  raised(height: Height): CursorPlace {
    const others = this.heights.filter(({ stream }) => stream !== height.stream);
    return new CursorPlace(this.queue, this.offset, this.messageId, [...others, height]);
  }
}

/** One message of the stream queue as it has been read: what it tells, if anything, and the place behind it. */
export interface FeedSlot {
  readonly place: CursorPlace;
  /** Where the change streams stood before it. */
  readonly before: readonly Height[];
  /** What is missing before it. */
  readonly gap: FeedGapEntry | undefined;
  readonly entry: FeedEntry | undefined;
  /** What it takes in memory, about, with everything that is made of it later. */
  readonly weight: number;
}
