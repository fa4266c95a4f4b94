import type { Position } from '@sluice/contracts';
import type { Timestamp } from 'mongodb';

/**
 * Numbers the events that share a cluster time. It goes on from the last confirmed position, so that a resume in the
 * middle of a transaction gives its remaining operations the same positions as before.
 */
export class OrdinalCounter {
  constructor(
    private generation: number,
    private last: Position | null,
  ) {}

  /** A position behind all that were given, at the same time, in a generation of its own; numbering goes on from it. */
  nextGeneration(clusterTime: Timestamp): Position {
    this.generation += 1;
    this.last = { clusterTime, generation: this.generation, ordinal: 0 };
    return this.last;
  }

  next(clusterTime: Timestamp): Position {
    const { last, generation } = this;
    const goesOn = last !== null && last.generation === generation && last.clusterTime.equals(clusterTime);
    this.last = { clusterTime, generation, ordinal: goesOn ? last.ordinal + 1 : 0 };
    return this.last;
  }
}
