import type { MirrorGap, MirrorRecord, MirroredState, MirrorWrite, WriteOutcome } from './mirror.state.js';

/** Where a mirror's documents are kept. Everything rejects with `MirrorUnavailableError` while it is away. */
export interface MirrorStore {
  /** The states of these documents, by `canonicalKeyOf` of their ids; nothing for those that are unknown. */
  read(ids: readonly unknown[]): Promise<ReadonlyMap<string, MirroredState>>;
  /** At most one write of a document in a call. The outcomes are in the order of the writes. */
  write(writes: readonly MirrorWrite[]): Promise<readonly WriteOutcome[]>;
  /** Removes what is below a floor; `ids`: what events have written of these documents, and no copies made by hand. */
  clearBelow(floor: string, ids?: readonly unknown[]): Promise<void>;
  record(): Promise<MirrorRecord>;
  /** The floor never sinks. */
  raiseFloor(floor: string): Promise<void>;
  addGap(gap: MirrorGap): Promise<void>;
  removeGaps(): Promise<void>;
}
