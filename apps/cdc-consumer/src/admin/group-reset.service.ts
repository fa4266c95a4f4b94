import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import {
  clusterTimeOf,
  parsePositionKey,
  positionKey,
  type Asked,
  type GroupReset,
  type GroupResetResult,
  type Position,
  type ResetRange,
} from '@sluice/contracts';
import { BarrierStore } from '../barrier/barrier.store.js';
import { GroupMembership } from '../group/group.membership.js';
import { GroupRegister } from '../group/group.register.js';
import type { StoredGroup } from '../group/stored-group.js';
import { GroupMemory, type GroupRange } from '../inbox/group-memory.js';
import { GroupChangeRefusedError } from './group-change-refused.error.js';
import { GroupNotFoundError } from './group-not-found.error.js';
import { GroupUnavailableError } from './group-unavailable.error.js';
import { stillHandling, whyNotReset } from './reset.policy.js';

/** How long a pause is waited for that has just been asked for: replicas look every second, a busy one later. */
const PAUSING_MS = 20_000;
const LOOK_MS = 100;

type Counts = Pick<GroupResetResult, 'inboxEntries' | 'fences' | 'controlEvents'>;

/** Opens again what a paused group has handled, so that a stream's rewind is more than a repeat that everyone ignores. */
@Injectable()
export class GroupResetService {
  private readonly logger = new Logger(GroupResetService.name);

  constructor(
    private readonly membership: GroupMembership,
    private readonly register: GroupRegister,
    private readonly memory: GroupMemory,
    private readonly barriers: BarrierStore,
  ) {}

  /**
   * Written into the audit trail before anything is done. What it does is the same however often it is done: after a
   * kill another call finishes it. `isDryRun`: only counts, and needs no pause.
   * @throws GroupNotFoundError, GroupChangeRefusedError, GroupUnavailableError
   */
  async reset(name: string, wish: Asked<GroupReset>, isDryRun: boolean): Promise<GroupResetResult> {
    if (name !== this.membership.name) throw new GroupNotFoundError(name, this.membership.name);
    const range = { group: name, ...rangeOf(wish) };
    refuseEmpty(range);
    return this.ask(async () => {
      const { revision } = isDryRun ? await this.read(name) : await this.begin(name, wish, range);
      const counts = isDryRun ? await this.count(range) : await this.reopen(range);
      if (!isDryRun) await this.refuseIfResumed(name, revision);
      const { stream, from, to } = range;
      return { name, isApplied: !isDryRun, stream, from, to, ...counts, revision };
    });
  }

  private async begin(name: string, { by, reason }: Asked<GroupReset>, range: GroupRange): Promise<StoredGroup> {
    const group = await this.whenStopped(name);
    const { stream, from, to } = range;
    const change = { request: 'reset', range: { stream, from, to } } as const;
    const after = await this.register.change(name, group, change, { by, reason });
    if (after === undefined) throw new GroupChangeRefusedError(name, 'its registration has just changed; look again');
    this.logger.warn(
      `group "${name}": what it handled of stream "${stream}" from ${from} is opened, by ${by}: ${reason}`,
    );
    return after;
  }

  /** A pause that has just been asked for is waited for. */
  private async whenStopped(name: string): Promise<StoredGroup> {
    for (const deadline = performance.now() + PAUSING_MS; ; await sleep(LOOK_MS)) {
      const group = await this.read(name);
      const why = whyNotReset(group);
      if (why !== undefined) throw new GroupChangeRefusedError(name, why);
      await this.membership.look();
      const handling = stillHandling(group, this.membership.rollOf(group));
      if (handling.length === 0) return group;
      if (performance.now() < deadline) continue;
      throw new GroupChangeRefusedError(name, `${handling.join(', ')} still ends its handlers; ask again in a moment`);
    }
  }

  private async count(range: GroupRange): Promise<Counts> {
    return { ...(await this.memory.count(range)), controlEvents: await this.barriers.countDone(range) };
  }

  private async reopen(range: GroupRange): Promise<Counts> {
    return { ...(await this.memory.reopen(range)), controlEvents: await this.barriers.reopen(range) };
  }

  private async refuseIfResumed(name: string, revision: number): Promise<void> {
    const { paused, revision: now } = await this.read(name);
    if (paused && now === revision) return;
    const why = 'it was changed while it was being reset, and may be reset in part: pause it and ask again';
    throw new GroupChangeRefusedError(name, why);
  }

  private async read(name: string): Promise<StoredGroup> {
    const group = await this.register.find(name);
    if (group === undefined) throw new GroupUnavailableError(name, 'it is not registered yet');
    return group;
  }

  private async ask<T>(step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (cause) {
      if (cause instanceof GroupChangeRefusedError || cause instanceof GroupUnavailableError) throw cause;
      throw new GroupUnavailableError(this.membership.name, String(cause), { cause });
    }
  }
}

function rangeOf({ stream, from, to }: GroupReset): ResetRange {
  return { stream, from: positionOf(from), to: to === undefined ? null : positionOf(to) };
}

/** A conflict of two fields, each of which is as the contract says: 409, so that what the contract allows is never 400. */
function refuseEmpty({ group, from, to }: ResetRange & { readonly group: string }): void {
  if (to === null || to > from) return;
  throw new GroupChangeRefusedError(group, `\`to\` (${to}) is not behind \`from\` (${from})`);
}

/** A time means the first change of its second; a position that no change can have is behind all. */
function positionOf(place: string): string {
  if (!/^\d{10}\./.test(place)) return positionKey({ clusterTime: clusterTimeOf(place), generation: 0, ordinal: 0 });
  return positionKey(parsePositionKey(place) ?? BEHIND_ALL);
}

const BEHIND_ALL: Position = { clusterTime: clusterTimeOf('9999-12-31T23:59:59Z'), generation: 0, ordinal: 0 };
