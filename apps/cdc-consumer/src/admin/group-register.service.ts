import { Injectable, Logger } from '@nestjs/common';
import { RequestInvalidError, wordSchema } from '@sluice/platform';
import type { Asked, ForeignGroup, GroupAudit, GroupRegisterResult, OtherGroup, RetireGroup } from '@sluice/contracts';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { GroupMembership } from '../group/group.membership.js';
import { GroupRegister, type Operator, type RegisterChange } from '../group/group.register.js';
import { GroupRetirement, type FoundQueues } from '../group/group.retirement.js';
import { PARKED_EVENTS } from '../group/group-records.plan.js';
import { GroupState } from '../group/group.state.js';
import type { StoredGroup } from '../group/stored-group.js';
import { GroupChangeRefusedError } from './group-change-refused.error.js';
import { GroupNotFoundError } from './group-not-found.error.js';
import { GroupUnavailableError } from './group-unavailable.error.js';
import { auditDto, otherGroup } from './other-group.mapper.js';
import { whyNotForeign, whyNotRetired } from './register.policy.js';

/** Characters of a wrong name that the answer repeats. */
const SHOWN = 100;

/** What operators do with the register of groups: foreign ones in, groups out, and who did it. */
@Injectable()
export class GroupRegisterService {
  private readonly logger = new Logger(GroupRegisterService.name);

  constructor(
    private readonly register: GroupRegister,
    private readonly retirement: GroupRetirement,
    private readonly state: GroupState,
    private readonly membership: GroupMembership,
    private readonly settings: ConsumerSettings,
  ) {}

  /** All groups but the one that this replica serves; null while the state database is away. */
  async others(): Promise<OtherGroup[] | null> {
    const all = await this.register.list().catch(() => null);
    return all?.filter(({ _id }) => _id !== this.membership.name).map(otherGroup) ?? null;
  }

  /**
   * Also of a group whose registration somebody has deleted: what was done to it stays.
   * @throws GroupNotFoundError, GroupUnavailableError
   */
  async history(name: string): Promise<GroupAudit> {
    const lines = await this.ask(name, () => this.register.history(name));
    if (lines.length === 0 && (await this.ask(name, () => this.register.find(name))) === undefined)
      throw new GroupNotFoundError(name, this.membership.name);
    return { changes: lines.map(auditDto) };
  }

  /**
   * Registers a stock consumer's queues, or changes them: streams hold for them as for our own groups' from then on.
   * @throws RequestInvalidError, GroupChangeRefusedError, GroupUnavailableError
   */
  async registerForeign(name: string, wish: Asked<ForeignGroup>, isDryRun: boolean): Promise<GroupRegisterResult> {
    refuseNoName(name);
    const seen = await this.ask(name, () => this.register.find(name));
    const kept = await this.ask(name, () =>
      this.retirement.queuesOf({ _id: name, kind: 'foreign', queues: wish.queues }),
    );
    refuseBecause(name, whyNotForeign(seen, wish, new Set(kept.map((queue) => queue.name))));
    const { queues, patterns } = wish;
    const revision = isDryRun
      ? (seen?.revision ?? 0)
      : await this.write(name, seen, { request: 'register', queues, patterns }, wish);
    return { name, isApplied: !isDryRun, state: 'bound', revision, queues: kept, records: [] };
  }

  /**
   * Streams no longer hold for it. An own group's queues are unbound. With `queues: delete` they are deleted where all of
   * them are empty and nothing is parked, with `discard` in any case, and what the state database has of the group goes
   * with them. Those of a foreign one are left alone. Of a retired group it does what is left to do.
   * @throws GroupNotFoundError, GroupChangeRefusedError, GroupUnavailableError
   */
  async retire(
    name: string,
    { dryRun, queues, revision, by, reason }: Asked<RetireGroup>,
  ): Promise<GroupRegisterResult> {
    const group = await this.ask(name, () => this.register.find(name));
    if (group === undefined) throw new GroupNotFoundError(name, this.membership.name);
    const { nowMs } = this.membership.roll;
    if (nowMs === 0) throw new GroupUnavailableError(name, 'this replica has not heard the state database yet');
    const found = await this.ask(name, () => this.retirement.queuesOf(group));
    const { MEMBER_ALIVE_MS: aliveMs } = this.settings.environment;
    const isDeleting = queues !== 'keep';
    const records = isDeleting ? await this.ask(name, () => this.state.count(name)) : [];
    const parked = records.find(({ collection }) => collection === PARKED_EVENTS)?.count ?? 0;
    const circumstances = { nowMs, aliveMs, found, isDeleting, mustBeEmpty: queues === 'delete', parked, revision };
    refuseBecause(name, whyNotRetired(group, circumstances));
    const answer = { name, isApplied: !dryRun, state: 'retired' as const, records };
    if (dryRun)
      return { ...answer, revision: group.revision, queues: found.map((each) => ({ ...each, isDeleted: isDeleting })) };
    const request = queues === 'keep' ? ('retire' as const) : (`retire and ${queues} queues` as const);
    const after = await this.write(name, group, { request }, { by, reason });
    return { ...answer, revision: after, queues: await this.ask(name, () => this.clear(group, queues, found)) };
  }

  /** After the registration, so that no stream holds for a queue that is on its way out. */
  private async clear(group: StoredGroup, queues: RetireGroup['queues'], found: FoundQueues): Promise<FoundQueues> {
    if (group.kind === 'foreign') return found;
    await this.retirement.unbind(group);
    if (queues === 'keep') return found;
    const removed = await this.retirement.remove(group, queues === 'discard');
    if (removed.every(({ isDeleted }) => isDeleted)) await this.state.forget(group._id);
    return removed;
  }

  private async write(
    name: string,
    seen: StoredGroup | undefined,
    change: RegisterChange,
    { by, reason }: Operator,
  ): Promise<number> {
    const after = await this.ask(name, () => this.register.change(name, seen, change, { by, reason }));
    if (after === undefined) throw new GroupChangeRefusedError(name, 'its registration has just changed; look again');
    this.logger.warn(`group "${name}": ${change.request}, by ${by ?? 'unknown'}: ${reason ?? 'no reason given'}`);
    return after.revision;
  }

  private async ask<T>(name: string, step: () => Promise<T>): Promise<T> {
    try {
      return await step();
    } catch (cause) {
      throw new GroupUnavailableError(name, String(cause), { cause });
    }
  }
}

function refuseNoName(name: string): void {
  if (wordSchema.safeParse(name).success) return;
  const allowed = 'letters, digits, - and _, at most 64';
  throw new RequestInvalidError([{ field: 'name', found: JSON.stringify(name.slice(0, SHOWN)), allowed }]);
}

function refuseBecause(name: string, why: string | undefined): void {
  if (why !== undefined) throw new GroupChangeRefusedError(name, why);
}
