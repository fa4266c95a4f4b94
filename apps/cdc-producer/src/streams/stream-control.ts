import type { SavedPosition } from '../checkpoint/saved-position.js';
import type { LeaseTerms } from '../lease/lease.js';

/** Who asks for something, and why; null where they did not say. */
export interface Asked {
  readonly by: string | null;
  readonly reason: string | null;
}

/** A stream stands still because somebody said so. */
export interface StreamPause extends Asked {
  /** The server's time. */
  readonly since: Date;
}

/** What operators want of a stream, the same for all producers and for good. */
export interface StreamControl {
  readonly stream: string;
  readonly pause: StreamPause | null;
  /** Goes up with each pause, resume and restart. */
  readonly revision: number;
  readonly restarts: number;
  /** Who holds the stream, as it stands in the state database. */
  readonly lease: LeaseTerms | undefined;
  /** Where it stands, saved by whoever holds it or set by an operator. */
  readonly position: SavedPosition;
}

/** Keeps what operators want of each stream, in one document with its lease and its checkpoint. */
export abstract class ControlStore {
  /** Reads those that there are. */
  abstract read(streams: readonly string[]): Promise<StreamControl[]>;
  /** A stream that is paused already stays paused by the first to ask. */
  abstract pause(stream: string, asked: Asked): Promise<StreamControl>;
  abstract resume(stream: string): Promise<StreamControl>;
  /** Undefined where the stream is paused. */
  abstract restart(stream: string): Promise<StreamControl | undefined>;
}

/** In words, for status and readiness. */
export function pauseReason({ since, by, reason }: StreamPause): string {
  const who = by === null ? '' : ` by ${by}`;
  return `paused${who} since ${since.toISOString()}${reason === null ? '' : `: ${reason}`}`;
}
