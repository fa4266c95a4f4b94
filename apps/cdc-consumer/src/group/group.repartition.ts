import { randomBytes } from 'node:crypto';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  HEADER_REPARTITION,
  PARTITION_DOUBLED_TYPE,
  PARTITION_END_TYPE,
  type Repartition,
  type TopologyNames,
} from '@sluice/contracts';
import { groupBindings, TopologyDeclarer, type PartitionQueue } from '@sluice/messaging';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { ConsumeConnection } from '../connections/rabbit.connections.js';
import { EpochStore } from '../epoch/epoch.store.js';
import { LostQueues } from '../lost-queue/lost.queues.js';
import { GroupMembership } from './group.membership.js';
import { GroupRegister, type Operator } from './group.register.js';
import { GroupShare } from './group.share.js';
import { GroupState } from './group.state.js';
import { GroupStore } from './group.store.js';
import { GroupTopology } from './group.topology.js';
import { RegistrationChangedError } from './registration-changed.error.js';
import { endedQueues, isMarkValid, repartitionOf, repartitionStep, type RepartitionStep } from './repartition.plan.js';
import type { StoredGroup } from './stored-group.js';

/**
 * Brings the group to another number of partitions while it is read, without reordering a document
 * (docs/adr/0007-repartition-by-a-mark.md). What has been done stands in the registration: the member that has the first
 * partition takes the next step, and whoever has it after a crash goes on from there.
 */
@Injectable()
export class GroupRepartition {
  private readonly logger = new Logger(GroupRepartition.name);
  private readonly declarer: TopologyDeclarer;
  private told = '';

  constructor(
    connection: ConsumeConnection,
    private readonly membership: GroupMembership,
    private readonly share: GroupShare,
    private readonly topology: GroupTopology,
    private readonly store: GroupStore,
    private readonly register: GroupRegister,
    private readonly state: GroupState,
    private readonly lostQueues: LostQueues,
    private readonly epochs: EpochStore,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
  ) {
    this.declarer = new TopologyDeclarer(connection);
  }

  /** Registers the change, with its audit line; the rest follows by itself. @throws RegistrationChangedError */
  async begin(group: StoredGroup, partitions: number, by: Operator): Promise<StoredGroup> {
    const id = randomBytes(8).toString('hex');
    const next = repartitionOf(group, { id, partitions, names: this.names });
    const begun = await this.register.change(group._id, group, { request: 'change partitions', next }, by);
    await this.membership.look();
    if (begun === undefined) throw new RegistrationChangedError(group._id);
    return begun;
  }

  /** Takes the next step, where it is this member's to take and can be taken. */
  async advance(): Promise<void> {
    const group = this.membership.current;
    if (group === undefined) return;
    if (group.next === null) this.tellEnd(group);
    if (group.next === null && group.former.length === 0) return;
    if (this.share.owners.get(0) !== this.membership.memberId || this.membership.currentConsumption === 'outdated')
      return;
    await this.take(group, await this.stepOf(group));
  }

  /**
   * Said by the partition's owner, when everything before the mark is handled and acknowledged. False: the mark means
   * nothing. Said again when the repartition is over, as after a lost connection, it is true still: what is behind the
   * mark is handled in the new queues by then.
   */
  async ended(repartition: string, { queue, partition }: PartitionQueue): Promise<boolean> {
    const isNoted = await this.store.endPartition(this.membership.name, repartition, partition);
    return isNoted || this.isUnderWay(repartition, queue);
  }

  /** Whether a mark in this queue counts. @throws RegistrationChangedError */
  async isUnderWay(repartition: string, queue: string): Promise<boolean> {
    const group = await this.store.find(this.membership.name);
    if (group === undefined) throw new RegistrationChangedError(this.membership.name);
    return isMarkValid(group, repartition, queue);
  }

  private async stepOf(group: StoredGroup): Promise<RepartitionStep> {
    const { alive, nowMs } = this.membership.roll;
    const membersBehind = alive.filter(({ revision = 0 }) => revision < group.revision).map(({ id }) => id);
    const streams = group.next?.step === 'settling' ? await this.store.settlements() : [];
    if (group.next?.step === 'reading') await this.endMissing(group, group.next);
    return repartitionStep(group, { streams, membersBehind, nowMs });
  }

  private async take(group: StoredGroup, step: RepartitionStep): Promise<void> {
    switch (step.do) {
      case 'nothing':
        return;
      case 'wait':
        return this.tell(`changing the number of partitions: ${step.why}`);
      case 'bind':
        this.tell(`changing the number of partitions from ${group.partitions} to ${step.next.partitions}`);
        if (!(await this.inheritEpochs(group, step.next))) return;
        await this.topology.declareGeneration(this.topology.inputOf(group, step.next));
        return void (await this.membership.advance('settling'));
      case 'mark':
        return this.mark(group, step.next.id);
      case 'switch': {
        const { partitions, generation, queues } = step.next;
        return void (await this.membership.change({
          ...{ partitions, generation, queues },
          former: group.queues,
          next: null,
        }));
      }
      case 'remove':
        await this.declarer.remove(step.queues);
        await this.declarer.removeExchange(this.names.controlExchange(group._id, group.generation - 1));
        await this.state.forgetQueues(step.queues);
        return void (await this.membership.change({ former: [] }));
    }
  }

  /**
   * What comes too late for the old queues comes too late for the new ones. Read before the marks: all that is in the
   * new queues until then is in the old ones as well, so that nothing is kept out that came in its order and is nowhere
   * else. `false`: somebody was faster.
   */
  private async inheritEpochs({ _id, queues }: StoredGroup, { id, queues: following }: Repartition): Promise<boolean> {
    const seen = await this.epochs.highest(queues);
    const next = (await this.store.find(_id))?.next;
    if (next?.id !== id || next.step !== 'binding') return false;
    await this.epochs.raiseAll(following, seen);
    return true;
  }

  /** An old queue that somebody has deleted took its mark with it: there is nothing left to read. */
  private async endMissing({ queues }: StoredGroup, { id, ended, queues: following }: Repartition): Promise<void> {
    const left = queues.flatMap((queue, partition) => (ended.includes(partition) ? [] : [{ queue, partition }]));
    const found = await this.declarer.inspect(left.map(({ queue }) => queue));
    for (const { queue, partition } of left.filter((_, index) => found[index] === undefined)) {
      await this.lostQueues.tellElsewhere(queue, following[partition % following.length] ?? queue);
      await this.store.endPartition(this.membership.name, id, partition);
    }
  }

  /** From the marks on, the old queues are not read: what still comes to them is in the new ones too, and they are unbound. */
  private async mark(group: StoredGroup, id: string): Promise<void> {
    const ended = endedQueues(group);
    const queues = group.queues.filter((queue) => !ended.includes(queue));
    const headers = { [HEADER_REPARTITION]: id };
    for (const type of [PARTITION_DOUBLED_TYPE, PARTITION_END_TYPE])
      await this.declarer.publishTo(queues, { type, headers });
    await this.membership.advance('reading');
    await this.declarer.unbind(groupBindings(this.topology.inputOf(group, group)));
  }

  /** Whoever took the last step: the log of one that waited for it would end with what it waited for. */
  private tellEnd({ partitions }: StoredGroup): void {
    if (this.told !== undefined) this.tell(`the group has ${partitions} partitions now`);
  }

  private tell(what: string): void {
    if (what === this.told) return;
    this.told = what;
    this.logger.log(what);
  }
}
