import type { RealtimeDocument, RealtimeEvent, RealtimeMessageOf, Subscription as Wanted } from '@sluice/contracts';

type WithoutId<M> = Omit<M, 'id'>;

/** What is wanted: namespace, operations, `where`, `fields`, `from` or `snapshot`. */
export type SubscriptionRequest = Wanted;

/** A change; its document is typed as the subscription was, and as sent: relaxed Extended JSON. */
export interface TypedEvent<T> extends Omit<RealtimeEvent, 'fullDocument'> {
  readonly fullDocument?: T | null | undefined;
}

export interface SnapshotDocument<T> {
  readonly documentKey: RealtimeDocument;
  /** Undefined where it is too large for a message: `href` has it. */
  readonly fullDocument?: T | undefined;
  readonly href?: string | undefined;
}
export interface SnapshotItem<T> {
  readonly type: 'snapshot';
  readonly documents: readonly SnapshotDocument<T>[];
  /** Forget the pages before: this is the first one, or the snapshot was begun again after a cut. */
  readonly isFirst: boolean;
  /** On the last page: the changes after the snapshot follow. */
  readonly cursor?: string | undefined;
}
export interface EventItem<T> extends WithoutId<Omit<RealtimeMessageOf<'event'>, 'event'>> {
  readonly event: TypedEvent<T>;
}
/** The document no longer matches, or that cannot be known. */
export type LeaveItem = WithoutId<RealtimeMessageOf<'leave'>>;
/** Changes may be missing between `from` and `to`. */
export type GapItem = WithoutId<RealtimeMessageOf<'gap'>>;

/** What a subscription gives, in order. Its `cursor` resumes behind it, also in another process: `from: item.cursor`. */
export type RealtimeItem<T = RealtimeDocument> = EventItem<T> | LeaveItem | GapItem | SnapshotItem<T>;
