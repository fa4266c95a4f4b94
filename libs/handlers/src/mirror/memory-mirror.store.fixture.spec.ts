import { canonicalKeyOf } from '@sluice/contracts';
import type { MirrorGap, MirrorRecord, MirroredState, MirrorWrite, WriteOutcome } from './mirror.state.js';
import type { MirrorStore } from './mirror.store.js';

/** A mirror in memory, with every step of it given to `step` first: that decides when it happens. */
export class MemoryMirrorStore implements MirrorStore {
  readonly states = new Map<string, MirroredState>();
  floor = '';
  gaps: MirrorGap[] = [];
  onWritten: (key: string, before: MirroredState | undefined, write: MirrorWrite) => void = () => undefined;

  constructor(private readonly step: () => Promise<void> = () => Promise.resolve()) {}

  /** The same mirror, seen by another replica. */
  seenBy(step: () => Promise<void>): MirrorStore {
    const seen = Object.create(this) as MemoryMirrorStore;
    return Object.assign(seen, { step, raiseFloor: (floor: string) => this.raiseFloor(floor) });
  }

  async read(ids: readonly unknown[]): Promise<ReadonlyMap<string, MirroredState>> {
    await this.step();
    return new Map(
      ids.map(canonicalKeyOf).flatMap((key): [string, MirroredState][] => {
        const state = this.states.get(key);
        return state === undefined ? [] : [[key, state]];
      }),
    );
  }

  /** One after another, with anything in between: an unordered bulk write is no transaction. */
  async write(writes: readonly MirrorWrite[]): Promise<WriteOutcome[]> {
    const outcomes: WriteOutcome[] = [];
    for (const write of writes) {
      await this.step();
      outcomes.push(this.writeOne(write));
    }
    return outcomes;
  }

  async clearBelow(floor: string, ids?: readonly unknown[]): Promise<void> {
    await this.step();
    const ofCopies = ids === undefined ? '' : floor; // where ids are named, a copy without a position stays
    const keys = ids?.map(canonicalKeyOf) ?? [...this.states.keys()];
    for (const key of keys) if ((this.states.get(key)?.position ?? ofCopies) < floor) this.states.delete(key);
  }

  async record(): Promise<MirrorRecord> {
    await this.step();
    return { floor: this.floor, gaps: this.gaps };
  }

  async raiseFloor(floor: string): Promise<void> {
    await this.step();
    if (floor > this.floor) this.floor = floor;
  }

  async addGap(gap: MirrorGap): Promise<void> {
    await this.step();
    this.gaps.push(gap);
  }

  async removeGaps(): Promise<void> {
    await this.step();
    this.gaps = [];
  }

  private writeOne(write: MirrorWrite): WriteOutcome {
    const key = canonicalKeyOf(write.id);
    const before = this.states.get(key);
    if (!isFree(before, write)) return { kind: 'conflict', error: new Error('duplicate key') };
    this.onWritten(key, before, write);
    this.states.set(key, { position: write.position, document: write.document });
    return { kind: 'written' };
  }
}

/** As the upsert of the guard's filter: what is not there is inserted whatever the guard says. */
function isFree(before: MirroredState | undefined, { guard }: MirrorWrite): boolean {
  if (before === undefined) return true;
  if (guard.kind === 'absent') return false;
  if (guard.kind === 'below') return before.position === undefined || before.position < guard.position;
  return before.position === guard.position;
}
