import type { CountedEvents } from '@sluice/contracts';
import type { Document, Timestamp } from 'mongodb';
import type { StartPoint } from '../change-stream/start.plan.js';
import type { StreamSettings } from '../config/streams-file.schema.js';

/** What the server made of a position, and what it told on the way. */
export interface ProbeReport {
  readonly isAccepted: boolean;
  /** In the server's words. */
  readonly says: string;
  /** Of the oldest entry of the oplog; null where it cannot be read, and `oplogSays` why. */
  readonly oldest: Timestamp | null;
  readonly oplogSays: string | null;
  /** The server's cluster time before the stream was opened. */
  readonly now: Timestamp;
  /** Of the first event there; null where none came at once. */
  readonly firstEvent: Timestamp | null;
  /** Where the server's reading stood once it was open, before any event. */
  readonly openedAt: Document | null;
}

/** Asks the server whether a stream could go on from somewhere, without moving anything. */
export abstract class PositionProbe {
  /** Rejects only where the server cannot be asked. */
  abstract probe(stream: StreamSettings, start: StartPoint): Promise<ProbeReport>;

  /** Counts the stream's events from there up to a time, inclusive, as far as that is soon done. Rejects where it cannot be opened. */
  abstract count(stream: StreamSettings, start: StartPoint, until: Timestamp): Promise<CountedEvents>;
}
