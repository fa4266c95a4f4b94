import type { Position } from '@sluice/contracts';
import type { Document, Timestamp } from 'mongodb';

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

/** How a save ended: `fenced` means that another producer has taken the stream since. */
export type SaveResult = 'saved' | 'fenced';

/** What is saved together. */
export interface CheckpointSave extends Checkpoint {
  readonly pipelineHash: string;
  readonly generation: number;
}

/** Keeps each stream's position, in one document with its lease: whoever takes the stream reads it in the same step. */
export abstract class CheckpointStore {
  abstract save(stream: string, epoch: number, checkpoint: CheckpointSave): Promise<SaveResult>;
}
