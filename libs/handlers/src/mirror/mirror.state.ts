import type { BsonDocument } from '@sluice/contracts';

/** Of every document of a mirror: where its state stands in the stream, and since when it is deleted. */
export const MIRROR_FIELD = '_sluice';

/** What a reader of a mirror asks for beside its own conditions: documents, and not the marks that deletes leave. */
export const LIVING_DOCUMENTS = { [`${MIRROR_FIELD}.deletedAt`]: { $exists: false } } as const;

/** What a mirror holds under an `_id`. */
export interface MirroredState {
  /** As `positionKey` writes it; undefined for a document that was copied by other means, which is older than any. */
  readonly position: string | undefined;
  /** Undefined where the document is deleted. */
  readonly document: BsonDocument | undefined;
}

/** When a write may happen; whoever finds the mirror otherwise has been overtaken, or has to look again. */
export type WriteGuard =
  /** The mirror has nothing of the document. Only for a write that has one. */
  | { readonly kind: 'absent' }
  /** The mirror has nothing of the document, or what it has is older than this position. */
  | { readonly kind: 'below'; readonly position: string }
  /** The mirror has exactly what was read: a state of this position, or one without a position. */
  | { readonly kind: 'unchanged'; readonly position: string | undefined };

export interface MirrorWrite {
  readonly id: unknown;
  readonly guard: WriteGuard;
  readonly position: string;
  readonly document: BsonDocument | undefined;
}

export type WriteOutcome =
  | { readonly kind: 'written' }
  /** Somebody else has the `_id`, or another unique value of the document. */
  | { readonly kind: 'conflict'; readonly error: unknown }
  | { readonly kind: 'failed'; readonly error: unknown };

/** Why a mirror may lack changes, until somebody has copied the collection again. */
export interface MirrorGap {
  /** The event's id: the same gap told twice is one. */
  readonly event: string;
  readonly stream: string;
  /** `renamed`: the collection took the place of another one's documents, which no event tells. */
  readonly reason: 'gap' | 'renamed';
  readonly from: Date;
  readonly to: Date;
}

/** What is kept of a mirror as a whole. */
export interface MirrorRecord {
  /** Nothing below this position counts: the collection was dropped there. Empty where it never was. */
  readonly floor: string;
  readonly gaps: readonly MirrorGap[];
}
