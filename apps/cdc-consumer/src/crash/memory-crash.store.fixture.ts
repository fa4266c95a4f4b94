import { setImmediate as nextTurn } from 'node:timers/promises';
import type { EarlierAttempts } from '@sluice/handlers';
import type { CallMark } from './call-mark.js';
import { CrashStore, type LastHold } from './crash.store.js';

interface Begun {
  readonly holders: Set<string>;
  readonly firstAt: Date;
}

/** What a state database would keep, for tests that need none. Each write lands a turn after it was asked for. */
export class MemoryCrashStore extends CrashStore {
  readonly writes = { take: 0, note: 0, begin: 0, end: 0 };
  private readonly holds = new Map<string, LastHold>();
  private readonly marks = new Map<string, Begun>();

  override async take(queue: string, holder: string): Promise<LastHold | undefined> {
    await nextTurn();
    this.writes.take += 1;
    const before = this.holds.get(queue);
    this.holds.set(queue, { holder, noted: before?.noted ?? [] });
    return before;
  }

  override async note(queue: string, holder: string, messages: readonly string[]): Promise<boolean> {
    await nextTurn();
    this.writes.note += 1;
    if (this.holds.get(queue)?.holder !== holder) return false;
    this.holds.set(queue, { holder, noted: messages });
    return true;
  }

  override async leave(queue: string, holder: string, messages: readonly string[]): Promise<void> {
    await this.note(queue, holder, messages);
  }

  override async holders(): Promise<ReadonlyMap<string, string>> {
    await nextTurn();
    return new Map([...this.holds].map(([queue, { holder }]) => [queue, holder]));
  }

  override async release(queue: string, holder: string): Promise<void> {
    await nextTurn();
    if (this.holds.get(queue)?.holder === holder) this.holds.delete(queue);
  }

  override async begin(mark: CallMark, holder: string): Promise<EarlierAttempts | undefined> {
    await nextTurn();
    this.writes.begin += 1;
    const key = JSON.stringify(mark);
    const { holders, firstAt } = this.marks.get(key) ?? { holders: new Set(), firstAt: new Date() };
    const attempts = [...holders].filter((each) => each !== holder).length;
    this.marks.set(key, { holders: holders.add(holder), firstAt });
    return attempts === 0 ? undefined : { attempts, firstFailedAt: firstAt };
  }

  override async end(mark: CallMark, holder: string, forget: boolean): Promise<void> {
    await nextTurn();
    this.writes.end += 1;
    const key = JSON.stringify(mark);
    if (forget) this.marks.delete(key);
    else this.marks.get(key)?.holders.delete(holder);
  }
}
