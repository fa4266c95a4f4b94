import type { ChangeEvent, GAP_REASONS } from '@sluice/contracts';

export type GapReason = (typeof GAP_REASONS)[number];

/**
 * A change, as its message's headers tell it. The body is read when somebody asks for `event`, and read once: what
 * nobody has subscribed to costs no more than its headers.
 */
export interface FeedEvent {
  readonly kind: 'event';
  /** The message's offset in the stream queue. */
  readonly offset: number;
  /** Resumes behind this entry. Made when first asked for. */
  readonly cursor: string;
  readonly id: string;
  /** The change stream that captured it. */
  readonly stream: string;
  /** `positionKey` in its change stream. */
  readonly position: string;
  /** As MongoDB names it; may be one that we do not know. */
  readonly operation: string;
  /** `shop.orders`; the database alone where it is about a whole database, undefined where about the stream. */
  readonly namespace: string | undefined;
  /** Size of the message's body. */
  readonly bytes: number;
  /**
   * The change itself. `undefined`: the body cannot be read (logged and counted once); whoever wanted it has missed a
   * change, and is to be told so.
   */
  readonly event: ChangeEvent | undefined;
}

/** Changes that are missing between two points. */
export interface FeedGap {
  readonly reason: GapReason;
  /** Changes after it may be missing; null: not known. */
  readonly from: Date | null;
  /** Changes from it on are here again; null: not known. */
  readonly to: Date | null;
  /** The change stream that lacks them; undefined: any. */
  readonly stream?: string;
  /** The namespace that lacks them, as of a `FeedEvent`; undefined: any. */
  readonly namespace?: string;
}

export interface FeedGapEntry {
  readonly kind: 'gap';
  /** Of the message that showed it, or of the last one that is missing. */
  readonly offset: number;
  /** Resumes behind the gap, so that it is not told again. */
  readonly cursor: string;
  readonly gap: FeedGap;
}

/** What a feed tells. Offsets rise from entry to entry, but for a gap and the entry behind it, which may share one. */
export type FeedEntry = FeedEvent | FeedGapEntry;
