import { Injectable } from '@nestjs/common';
import { thrownMessage, type GroupStatus } from '@sluice/contracts';
import { HandlerRegistry, Mirrors } from '@sluice/handlers';
import { OrderedRmqServer } from '@sluice/messaging';
import { CrashStore } from '../crash/crash.store.js';
import { EventTasks } from '../consume/event.tasks.js';
import { GroupMembership } from '../group/group.membership.js';
import { GroupRegister, type Operator } from '../group/group.register.js';
import { GroupShare } from '../group/group.share.js';
import { GroupTopology } from '../group/group.topology.js';
import { HandledPositions } from '../lost-queue/handled.positions.js';
import { LostQueues } from '../lost-queue/lost.queues.js';
import { ParkedStore } from '../parking/parked.store.js';
import { Parking } from '../parking/parking.js';
import { GroupNotFoundError } from './group-not-found.error.js';
import { GroupUnavailableError } from './group-unavailable.error.js';
import { groupStatus } from './group-status.mapper.js';

/** Each loses only against another change of the registration. */
const ATTEMPTS = 10;

/** What the admin endpoints do. */
@Injectable()
export class GroupService {
  constructor(
    private readonly membership: GroupMembership,
    private readonly topology: GroupTopology,
    private readonly share: GroupShare,
    private readonly server: OrderedRmqServer,
    private readonly tasks: EventTasks,
    private readonly parking: Parking,
    private readonly parked: ParkedStore,
    private readonly crashes: CrashStore,
    private readonly positions: HandledPositions,
    private readonly lostQueues: LostQueues,
    private readonly registry: HandlerRegistry,
    private readonly register: GroupRegister,
    private readonly mirrors: Mirrors,
  ) {}

  /** The group that this replica serves. */
  async status(): Promise<GroupStatus> {
    const registration = this.membership.current;
    const { queues, deadLetters } = await this.topology.inspect();
    const { parked, holders } = await this.stored();
    const lostQueues = await this.lostQueues.losses(registration?.queues ?? []).catch(() => []); // MongoDB is away
    return groupStatus({
      name: this.membership.name,
      memberId: this.membership.memberId,
      registration,
      consumption: this.membership.currentConsumption,
      consuming: this.server.state,
      ownPartitions: this.server.consumer.ownPartitions,
      owners: this.share.owners,
      queues,
      lostQueues,
      deadLetters,
      holders,
      ownOldest: this.positions.oldest(),
      nowMs: Date.now(),
      parked,
      received: this.server.consumer.counters,
      events: this.tasks.counters,
      handlers: this.registry.describe(),
      mirrors: this.mirrors.describe(),
    });
  }

  /** What the state database knows of the whole group; while it is away, what this replica does. */
  private async stored(): Promise<{ parked: number; holders: ReadonlyMap<string, string> }> {
    try {
      return { parked: await this.parked.count(), holders: await this.crashes.holders() };
    } catch {
      return { parked: this.parking.size, holders: new Map() };
    }
  }

  /**
   * Pauses or resumes the group on all of its replicas: on this one at once, on others at their next heartbeat.
   * @throws GroupNotFoundError, GroupUnavailableError
   */
  async ask(name: string, request: 'pause' | 'resume', by: Operator): Promise<GroupStatus> {
    if (name !== this.membership.name) throw new GroupNotFoundError(name, this.membership.name);
    try {
      await this.change(name, request, by);
      await this.membership.look();
    } catch (cause) {
      if (cause instanceof GroupUnavailableError) throw cause;
      throw new GroupUnavailableError(name, thrownMessage(cause), { cause });
    }
    return this.status();
  }

  /** Whatever else changes meanwhile is none of its business. */
  private async change(name: string, request: 'pause' | 'resume', by: Operator): Promise<void> {
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const seen = await this.register.find(name);
      if (seen === undefined) throw new GroupUnavailableError(name, 'it is not registered yet');
      if ((await this.register.change(name, seen, { request }, by)) !== undefined) return;
    }
    throw new GroupUnavailableError(name, 'its registration changes all the time; try again');
  }
}
