import type { Checkpoint } from './checkpoint.js';

/** A position in the order in which a stream's positions come. Epoch and serial together tell it from any other. */
export interface SavedPosition {
  /** Goes up with each taking of the stream, and each time that an operator sets its position. */
  readonly epoch: number;
  /** Counts the saves of an epoch. */
  readonly serial: number;
  readonly checkpoint: Checkpoint | null;
  readonly savedAt: Date | null;
}

/** Of a stream that has not been looked up, or has not been taken yet. */
export const NOTHING_SAVED: SavedPosition = { epoch: 0, serial: 0, checkpoint: null, savedAt: null };

/** Times cannot tell it: an operator may set a position back, and `savedAt` is not always by the same clock. */
export function isOlder(position: SavedPosition, than: SavedPosition): boolean {
  return position.epoch < than.epoch || (position.epoch === than.epoch && position.serial < than.serial);
}
