import { comparePositions, parsePositionKey, type Position } from '@sluice/contracts';
import type { CheckpointMark } from '../checkpoint/checkpoint.writer.js';
import type { ParkedDocument } from './parked-event.js';

/**
 * What earlier takings of the stream have parked: nothing of it goes out before this taking has come past the newest of
 * it. A position is saved later than events are published and parked, so a kill has some of them read again, and parked
 * again behind what is parked of their document. Sent meanwhile, a document's parked changes would leave out what is
 * still to be read again, and one that has gone out and comes back would be sent once more behind the newer ones.
 * Nothing of this need be kept: whoever takes the stream finds the newest in the store.
 */
export class ParkedBacklog {
  private newest: Position | undefined;

  /** `reached`: where reading goes on; undefined where that is not known before the first mark. */
  constructor(private reached: CheckpointMark | undefined) {}

  found(parked: readonly ParkedDocument[]): void {
    for (const { newest } of parked) {
      const position = parsePositionKey(newest);
      if (position === undefined) continue;
      if (this.newest === undefined || comparePositions(position, this.newest) > 0) this.newest = position;
    }
    this.look();
  }

  /** Everything up to the mark is published or parked. Answers whether the backlog may go out from now on. */
  reach(mark: CheckpointMark): boolean {
    this.reached = mark;
    return !this.isPast && this.look();
  }

  /** Whether it may go out: none of it can be read again. */
  get isPast(): boolean {
    return this.newest === undefined;
  }

  private look(): boolean {
    if (this.newest !== undefined && this.reached !== undefined && isBehind(this.newest, this.reached))
      this.newest = undefined;
    return this.isPast;
  }
}

/**
 * By position only in the same numbering: in a new one the events of a cluster time are read again from the first. By
 * time where the newest is read no more, because it is filtered out by now or an operator has moved the position.
 */
function isBehind(newest: Position, { last, readTo }: CheckpointMark): boolean {
  if (last?.generation === newest.generation && comparePositions(newest, last) <= 0) return true;
  const { time } = readTo();
  return time !== null && time.compare(newest.clusterTime) > 0;
}
