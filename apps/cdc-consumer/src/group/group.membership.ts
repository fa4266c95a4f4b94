import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { CONTROL_OPERATIONS, type Repartition, type TopologyNames } from '@sluice/contracts';
import { HandlerRegistry } from '@sluice/handlers';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { DEFAULT_CONNECTION } from '../inbox/inbox.connections.js';
import { HandledPositions } from '../lost-queue/handled.positions.js';
import { consumptionOf, type Consumption } from './consumption.policy.js';
import { GroupForeignError } from './group-foreign.error.js';
import { GroupStore } from './group.store.js';
import { mayTakeBack } from './hand-over.plan.js';
import { joinStep, replacement, type GroupWish } from './join.plan.js';
import { MemberWatch, type Roll } from './member.watch.js';
import { RegistrationChangedError } from './registration-changed.error.js';
import { endedQueues } from './repartition.plan.js';
import type { GroupChange, GroupMember, StoredGroup } from './stored-group.js';

/** Every group hears of what concerns whole namespaces, with or without a handler for it. */
const CONTROL_PATTERNS = CONTROL_OPERATIONS.map((operation) => `${operation}.#`);

/** This replica's place in its group: what it registered, and what the group's registration says now. */
@Injectable()
export class GroupMembership {
  readonly name: string;
  readonly memberId = `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
  private readonly logger = new Logger(GroupMembership.name);
  private group: StoredGroup | undefined;
  private consumption: Consumption | undefined;
  private hasStopped = false;
  private readonly listeners = new Set<(consumption: Consumption) => void>();
  private readonly seeing = new Set<(group: StoredGroup) => void>();
  private readonly watch: MemberWatch;
  private members: Roll;

  constructor(
    private readonly store: GroupStore,
    private readonly registry: HandlerRegistry,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
    private readonly positions: HandledPositions,
    private readonly settings: ConsumerSettings,
  ) {
    this.name = settings.environment.CONSUMER_GROUP;
    this.watch = new MemberWatch(settings.environment.MEMBER_ALIVE_MS);
    this.members = this.watch.rollOf({ members: [] });
  }

  /** The registration as last seen; nothing before this replica has joined. */
  get current(): StoredGroup | undefined {
    return this.group;
  }
  get currentConsumption(): Consumption | undefined {
    return this.consumption;
  }
  /** The members that are alive, as last seen. */
  get roll(): Roll {
    return this.members;
  }

  /** The members of a registration that has just been read, as far as they are alive. */
  rollOf(group: StoredGroup): Roll {
    return this.watch.rollOf(group);
  }

  /** The queues of the topology that a queue belongs to, by partition: its control events come to them too. */
  queuesBeside(queue: string): readonly string[] {
    const queues = this.group?.queues ?? [];
    return queues.includes(queue) ? queues : [];
  }

  /** What this replica's handlers want to hear, and what every group does. */
  patterns(): string[] {
    return [...new Set([...this.registry.patterns(), ...CONTROL_PATTERNS])].sort();
  }

  private inboxElsewhere(): string[] {
    const isHere = (connection = DEFAULT_CONNECTION) => connection === DEFAULT_CONNECTION;
    const elsewhere = this.registry.describeOnce().filter(({ once }) => !isHere(once.connection));
    return [...new Set(elsewhere.map(({ name }) => name))].sort();
  }

  /** Told at once and at each change whether this replica may consume. */
  onConsumption(listener: (consumption: Consumption) => void): void {
    this.listeners.add(listener);
    if (this.consumption !== undefined) listener(this.consumption);
  }

  /** Told each time that the registration is seen, also where nothing but the time has changed. */
  onSeen(listener: (group: StoredGroup) => void): void {
    this.seeing.add(listener);
  }

  /** Registers, once; afterwards answers the registration as last seen, so that consuming outlives the database. */
  async join(): Promise<StoredGroup> {
    if (this.group !== undefined) return this.group;
    await this.register();
    const group = await this.heartbeat();
    if (group === undefined) throw new RegistrationChangedError(this.name);
    this.warnOfOtherPartitions(group);
    return group;
  }

  /** Says that this replica is there, and sees what the group has become. `undefined`: it is registered no more. */
  async heartbeat(): Promise<StoredGroup | undefined> {
    const found = await this.store.heartbeat(this.name, {
      id: this.memberId,
      patterns: this.patterns(),
      joinedAt: this.selfIn(this.group)?.joinedAt,
      revision: this.group?.revision ?? 0,
      consuming: !this.hasStopped,
      oldest: [...this.positions.oldest()].map(([queue, at]) => ({ queue, at })),
      inboxElsewhere: this.inboxElsewhere(),
    });
    const self = this.selfIn(found);
    if (self !== undefined) this.watch.answered(self.lastSeen);
    return this.see(found);
  }

  /** Sees what the group has become, without a word of its own. True where it has been registered anew, or no more. */
  async look(): Promise<boolean> {
    const before = this.group?.revision;
    const found = await this.store.find(this.name);
    if (found !== undefined && found.state !== 'retired') this.see(found);
    return found?.revision !== before;
  }

  /** An outdated or paused replica has drained its queues: its next heartbeats say so, until it may consume again. */
  stopped(): void {
    this.hasStopped = true;
  }

  /** Streams go on waiting for the group that we are joining. */
  async extendJoining(): Promise<void> {
    if (this.group !== undefined) await this.store.extendJoining(this.name, this.group.revision);
  }

  /** Whether the group is left to this outdated replica. */
  get mayTakeBack(): boolean {
    if (this.group === undefined || this.consumption !== 'outdated') return false;
    const { MEMBER_ALIVE_MS: aliveMs } = this.settings.environment;
    return mayTakeBack(this.group, this.roll, { deployment: this.wish().deployment, aliveMs });
  }

  /** Registers this replica's patterns in place of the registered ones. @throws RegistrationChangedError */
  async takeBack(): Promise<void> {
    if (this.group !== undefined) await this.change(replacement(this.group, this.wish()));
  }

  /** Changes the registration as last seen. @throws RegistrationChangedError */
  async change(change: GroupChange): Promise<StoredGroup> {
    const group = this.group;
    const changed = group && (await this.store.change(this.name, group.revision, change));
    if (changed !== undefined) return this.see(changed);
    await this.heartbeat(); // the next attempt sees what stands there now
    throw new RegistrationChangedError(this.name);
  }

  /** Queues that are read to their marks, or gone: the group's number of partitions is being changed. */
  get ended(): readonly string[] {
    return this.group === undefined ? [] : endedQueues(this.group);
  }

  /** The repartition takes its next step, from the registration as last seen. @throws RegistrationChangedError */
  async advance(step: Repartition['step']): Promise<StoredGroup> {
    const group = this.group;
    const changed = group && (await this.store.advance(this.name, group.revision, step));
    if (changed !== undefined) return this.see(changed);
    await this.heartbeat();
    throw new RegistrationChangedError(this.name);
  }

  async leave(): Promise<void> {
    if (this.group !== undefined) await this.store.leave(this.name, this.memberId);
  }

  private async register(): Promise<void> {
    const found = await this.store.find(this.name);
    if (found?.kind === 'foreign') throw new GroupForeignError(this.name);
    const step = joinStep(found, this.wish());
    if (step.do === 'keep') return;
    const done =
      step.do === 'create'
        ? await this.store.create(this.name, step.group)
        : await this.store.change(this.name, step.revision, step.change);
    if (done === undefined) throw new RegistrationChangedError(this.name);
  }

  private wish(): GroupWish {
    const { PARTITIONS: partitions, DEPLOYMENT: deployment = null } = this.settings.environment;
    const generation = 1;
    const queues = Array.from({ length: partitions }, (_, partition) =>
      this.names.partitionQueue(this.name, generation, partition),
    );
    return { patterns: this.patterns(), partitions, generation, queues, deployment };
  }

  private see<Seen extends StoredGroup | undefined>(group: Seen): Seen {
    if (group !== undefined && this.isStale(group)) return group;
    this.group = group;
    if (group === undefined) return group;
    this.members = this.watch.rollOf(group);
    for (const listener of this.seeing) listener(group);
    this.follow(consumptionOf(group, this.patterns()));
    return group;
  }

  private selfIn(group: StoredGroup | undefined): GroupMember | undefined {
    return group?.members.find(({ id }) => id === this.memberId);
  }

  /** Answers may overtake each other. A group that was removed and registered again counts from 1 again. */
  private isStale({ revision, joiningSince }: StoredGroup): boolean {
    return this.group !== undefined && revision < this.group.revision && joiningSince <= this.group.joiningSince;
  }

  private follow(consumption: Consumption): void {
    if (consumption === this.consumption) return;
    this.consumption = consumption;
    if (consumption !== 'outdated') this.hasStopped = false;
    for (const listener of this.listeners) listener(consumption);
  }

  private warnOfOtherPartitions({ partitions }: StoredGroup): void {
    const { PARTITIONS } = this.settings.environment;
    if (partitions === PARTITIONS) return;
    this.logger.warn(
      `PARTITIONS is ${PARTITIONS}, but group "${this.name}" was registered with ${partitions}: ${partitions} are used`,
    );
  }
}
