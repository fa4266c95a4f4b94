import type { SaveResult } from '../checkpoint/checkpoint.js';
import type { ChangeMessage } from './change-message.js';

/** Which document an event is about, by hash; null for a control event. */
export type DocumentHash = ChangeMessage['document'];

/** Of one document: what of it is parked. */
export interface ParkedDocument {
  readonly document: DocumentHash;
  readonly events: number;
  /** Position of the newest of them. */
  readonly newest: string;
}

/**
 * Events that no queue takes, kept until one does (`onUnroutable: park`). Each write counts only while the stream is
 * still held under `epoch`, in one step with it: a producer that has lost its stream would otherwise take away what the
 * next one has still to publish, or leave behind what that one has published already.
 */
export abstract class ParkedEventStore {
  /** Keeps them; one that is there already stays as it is. */
  abstract park(stream: string, epoch: number, messages: readonly ChangeMessage[]): Promise<SaveResult>;
  abstract remove(stream: string, epoch: number, ids: readonly string[]): Promise<SaveResult>;
  /** All documents of which something is parked. */
  abstract documents(stream: string): Promise<readonly ParkedDocument[]>;
  /** The oldest events behind a position, in the stream's order; a few at a time. */
  abstract oldest(stream: string, behind: string | undefined): Promise<readonly ChangeMessage[]>;
  /** What the parked events of all streams claim: it must be there when they go out. */
  abstract claims(): Promise<ReadonlySet<string>>;
  /** Those of the documents of which something is still parked. */
  abstract stillParked(stream: string, documents: readonly DocumentHash[]): Promise<ReadonlySet<DocumentHash>>;
}
