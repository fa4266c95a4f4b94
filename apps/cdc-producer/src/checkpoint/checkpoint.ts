import type { Position } from '@sluice/contracts';
import type { Document, Timestamp } from 'mongodb';
import type { HistoryPage, PositionAudit, PositionChange } from './position-change.js';
import type { SavedPosition } from './saved-position.js';

/** How far the server's reading has come. */
export interface ReadTo {
  /** The server's own token; null at the beginning of a pipeline whose first batch is not confirmed yet. */
  readonly token: Document | null;
  /** A time up to which everything has been read: the token's own where its layout is known, else an earlier one. */
  readonly time: Timestamp | null;
}

/** A position saved durably: everything up to it has been confirmed by the broker. */
export interface Checkpoint {
  /** Position of the last confirmed event; numbering goes on from it. An idle token never changes it. */
  readonly last: Position | null;
  readonly readTo: ReadTo;
}

/** What a producer finds when it takes a stream. */
export interface TakenStream {
  /** Goes up with each taking; a save with an older one changes nothing. */
  readonly epoch: number;
  readonly generation: number;
  /** Hash of the pipeline that the saved token belongs to; null where nothing is saved. */
  readonly pipelineHash: string | null;
  readonly checkpoint: Checkpoint | null;
  readonly savedAt: Date | null;
}

/**
 * How a save ended. `fenced`: the stream has been taken anew since, or its position was set. `ignored`: a later save of
 * the same taking is there already, so that this one, sent before it and arriving after it, would move the stream back.
 */
export type SaveResult = 'saved' | 'ignored' | 'fenced';

/** What is saved together. */
export interface CheckpointSave extends Checkpoint {
  readonly pipelineHash: string;
  readonly generation: number;
  /** Counts the saves of one taking, from 1, each attempt anew. */
  readonly serial: number;
}

/** A position as it stands in the state database. */
export interface StoredPosition extends SavedPosition {
  readonly stream: string;
  readonly generation: number;
  readonly pipelineHash: string | null;
  readonly isPaused: boolean;
}

/** Keeps each stream's position, in one document with its lease: whoever takes the stream reads it in the same step. */
export abstract class CheckpointStore {
  /** Undefined for a stream that nobody has taken or paused yet. */
  abstract read(stream: string): Promise<StoredPosition | undefined>;
  abstract save(stream: string, epoch: number, checkpoint: CheckpointSave): Promise<SaveResult>;
  /**
   * An operator's change: epoch and generation go up in the same write, so that no holder of before can save or renew,
   * and numbering begins anew. Undefined, and nothing changed, where the position is not as it was seen any more or the
   * stream is not paused. The line of the audit trail is part of that write.
   */
  abstract change(seen: StoredPosition, change: PositionChange): Promise<StoredPosition | undefined>;
  /** The audit trail, newest first. */
  abstract history(stream: string, page: HistoryPage): Promise<PositionAudit[]>;
}
