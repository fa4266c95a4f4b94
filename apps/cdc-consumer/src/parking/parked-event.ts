import type { StoredDelivery } from './stored-delivery.codec.js';

/** One handler's parked events of one document: they are handled one after another, apart from everything else. */
export interface ParkedLaneKey {
  readonly handler: string;
  /** Names the document; see `documentMark`. */
  readonly document: string;
  /** Share of the documents that it belongs to: tells the partition, whatever their number. */
  readonly bucket: number;
}

/** An event that waits for one of its handlers. */
export interface ParkedEvent extends ParkedLaneKey {
  readonly eventId: string;
  /** `positionKey`; orders the events of a lane. */
  readonly position: string;
  readonly delivery: StoredDelivery;
  /** Calls that have failed; none for an event that only waits behind another. */
  readonly attempts: number;
  readonly firstFailedAt: Date | null;
  /** When the next attempt may begin. */
  readonly dueAt: Date;
}

/** As its owner finds it. */
export interface FoundEvent extends ParkedEvent {
  /** A run was begun that has not told its end: its process may have died of it. */
  readonly begun: boolean;
}

/** What is parked, and the right to work on it. */
export interface TakenEvents {
  /** Of this ownership; every write names it, and is refused once somebody else has a later one. */
  readonly epoch: number;
  readonly lanes: readonly ParkedLaneKey[];
}
