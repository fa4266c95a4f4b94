import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { thrownError, type GroupStatus, type TopologyNames } from '@sluice/contracts';
import {
  deadLetterBinding,
  formerControlBindings,
  groupBindings,
  groupTopologyPlan,
  isMissing,
  reopenDelayMs,
  retiredBindings,
  TopologyDeclarer,
  type BindingPlan,
  type GroupTopologyInput,
  type PartitionTopology,
} from '@sluice/messaging';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { ConsumeConnection } from '../connections/rabbit.connections.js';
import { LostQueues } from '../lost-queue/lost.queues.js';
import { GroupHandOver } from './group.hand-over.js';
import { GroupMembership } from './group.membership.js';
import { RegistrationChangedError } from './registration-changed.error.js';
import { boundGenerations } from './repartition.plan.js';
import { SliceOf } from './slice-of.plan.js';
import { StateDatabaseAwayError } from './state-database-away.error.js';
import type { StoredGroup } from './stored-group.js';

/** Bindings asserted at each heartbeat: about 100 ms of one channel, 2% of the broker's time for us. */
const BINDINGS_PER_HEARTBEAT = 256;
/** Producers look every second whether a group joins; what is on its way by then is older. */
const STREAMS_LOOK_MS = 1_500;

/** One generation of the group's queues. */
export type GenerationInput = Omit<GroupTopologyInput, 'brokerMajor'>;

/** A queue as the broker says. */
export type FoundQueue = Pick<GroupStatus['queues'][number], 'name' | 'messages' | 'consumers'>;

/** How far the group's queues are. */
export type TopologyState =
  | { readonly state: 'bound' | 'joining'; readonly since: Date }
  | { readonly state: 'failing'; readonly since: Date; readonly error: Error };

/**
 * Registers the group and makes its queues and bindings; again after each reconnect, and when a queue is missing. The
 * group is `bound`, which lets the streams publish, only when everything stands and no replica with other handlers
 * consumes; bindings of retired patterns go after that, so that no event falls between old and new.
 */
@Injectable()
export class GroupTopology implements PartitionTopology {
  private readonly logger = new Logger(GroupTopology.name);
  private readonly declarer: TopologyDeclarer;
  private readonly closing = new AbortController();
  private readonly slices = new SliceOf<BindingPlan>(BINDINGS_PER_HEARTBEAT);
  private standing: Promise<void> | undefined;
  private current: TopologyState = { state: 'joining', since: new Date() };

  constructor(
    private readonly connection: ConsumeConnection,
    private readonly membership: GroupMembership,
    private readonly handOver: GroupHandOver,
    private readonly lostQueues: LostQueues,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
  ) {
    this.declarer = new TopologyDeclarer(connection);
    connection.on('disconnected', () => this.repeat());
  }

  get state(): TopologyState {
    return this.current;
  }

  ready(signal: AbortSignal): Promise<void> {
    if (this.standing === undefined) {
      this.standing = this.establish();
      this.standing.catch(() => undefined); // told to those who wait for it, where anybody still does
    }
    return orAborted(this.standing, signal);
  }

  missing(_queue: string): void {
    this.repeat();
  }

  /** Declares everything again, and waits for it no longer than `signal` allows. */
  repeat(): void {
    if (this.current.state !== 'bound') return; // it is being made already, and goes on until it stands
    this.move({ state: 'joining', since: new Date() });
    this.standing = undefined;
  }

  /** Depth and consumers of the group's queues, those that exist; unknown while the broker is away. */
  async inspect(): Promise<{ queues: FoundQueue[] } & Pick<GroupStatus, 'deadLetters'>> {
    const queue = this.names.deadLetterQueue(this.membership.name);
    const names = [queue, ...(this.membership.current?.queues ?? [])];
    const [deadLetters, ...queues] = await this.declarer.inspect(names).catch(() => []);
    return {
      queues: queues.filter((found) => found !== undefined),
      deadLetters: { queue, messages: deadLetters?.messages ?? null },
    };
  }

  /**
   * Asserts some of the bindings, all of them in turn: one that somebody removed comes back. All at every heartbeat
   * would cost a group of many patterns a second of the broker's time each. Where a queue or an exchange is gone,
   * everything is declared again.
   */
  async assertSomeBindings(): Promise<void> {
    const group = this.membership.current;
    if (group === undefined || this.current.state !== 'bound') return;
    if (group.state === 'joining') return this.again(); // whoever was making it is gone
    const bindings = this.slices.next(this.inputsOf(group).flatMap((input) => groupBindings(input)));
    try {
      await this.declarer.bind([deadLetterBinding(this.names, group._id), ...bindings]);
    } catch (error) {
      if (!isMissing(error)) throw error;
      this.again();
    }
  }

  /** Makes everything again, at once; heartbeats go on meanwhile, however long it takes. */
  again(): void {
    this.repeat();
    this.ready(this.closing.signal).catch(() => undefined); // ends early only when we close
  }

  close(): void {
    this.closing.abort();
  }

  private async establish(): Promise<void> {
    const { signal } = this.closing;
    for (let attempt = 0; ; attempt++) {
      signal.throwIfAborted();
      try {
        await this.connection.whenConnected(signal);
        await this.declare();
        return this.move({ state: 'bound', since: new Date() });
      } catch (error) {
        signal.throwIfAborted();
        this.fail(thrownError(error));
        await sleep(reopenDelayMs(attempt), undefined, { signal });
      }
    }
  }

  private async declare(): Promise<StoredGroup> {
    const group = await this.membership.join();
    if (this.membership.currentConsumption === 'outdated') return group; // those whose patterns they are make it
    if (group.state === 'joining') await this.handOver.whenFree(group, this.closing.signal);
    for (const input of this.inputsOf(group)) await this.declareGeneration(input);
    return this.markBound(this.membership.current ?? group);
  }

  /** The queues and bindings of one generation. What was lost with a queue is told in it before anything else comes. */
  async declareGeneration(input: GenerationInput): Promise<void> {
    const plan = groupTopologyPlan({ ...input, brokerMajor: await this.declarer.brokerMajor() });
    const queues = plan.partitions.map(({ name }) => name);
    await this.noticeMissing(queues);
    await this.declarer.declareQueues(plan);
    const told = await this.lostQueues.tell(queues);
    await this.declarer.bind(plan.bindings);
    await this.lostQueues.paid(told);
  }

  inputOf(group: StoredGroup, { partitions, generation }: Pick<StoredGroup, 'partitions' | 'generation'>) {
    return { names: this.names, group: group._id, patterns: group.patterns, partitions, generation };
  }

  private inputsOf(group: StoredGroup): GenerationInput[] {
    return boundGenerations(group).map((generation) => this.inputOf(group, generation));
  }

  private async markBound(group: StoredGroup): Promise<StoredGroup> {
    const bound = group.state === 'bound' ? group : await this.membership.change({ state: 'bound' });
    for (const input of this.inputsOf(bound)) await this.declarer.unbind(formerControlBindings(input)); // no error where there is none
    if (bound.retired.length === 0) return bound;
    for (const input of this.inputsOf(bound)) await this.declarer.unbind(retiredBindings(input, bound.retired));
    this.logger.log(`no longer bound to ${bound.retired.join(', ')}`);
    return this.membership.change({ retired: [] });
  }

  /** A queue that was there, and is not, took its messages with it: that is not passed over in silence. */
  private async noticeMissing(queues: readonly string[]): Promise<void> {
    const known = await this.lostQueues.known(queues);
    const found = await this.declarer.inspect(queues);
    const missing = queues.filter((_, index) => found[index] === undefined);
    const lost = known.filter(({ queue }) => missing.includes(queue));
    const isOwed = known.some(({ debt }) => debt !== undefined);
    if (lost.length > 0 || isOwed) await this.holdStreams();
    // Queues of an earlier generation may be gone for good: made again, they would fill up with nobody to read them.
    else if (missing.length > 0) await this.stillRegistered();
    await this.lostQueues.owe(lost);
  }

  /** @throws RegistrationChangedError */
  private async stillRegistered(): Promise<void> {
    if (await this.membership.look()) throw new RegistrationChangedError(this.membership.name);
  }

  /**
   * Streams wait while a group joins: with two groups, what one has no queue for is taken for the other one, and lost to
   * the first where nobody tells it.
   */
  private async holdStreams(): Promise<void> {
    if (this.membership.current?.state === 'bound') await this.membership.change({ state: 'joining' });
    else await this.stillRegistered();
    await this.membership.extendJoining();
    await sleep(STREAMS_LOOK_MS, undefined, { signal: this.closing.signal });
  }

  private move(to: TopologyState): void {
    this.current = to;
    if (to.state === 'bound') this.logger.log(`group "${this.membership.name}" is bound`);
  }

  /** Said once, not at each attempt; since when stays the first failure's time. */
  private fail(error: Error): void {
    const before = this.current;
    const known = before.state === 'failing' && before.error.message === error.message;
    this.current = { state: 'failing', since: before.state === 'failing' ? before.since : new Date(), error };
    // A state database that is not connected yet, and of which no failure is known, is no news at a start.
    const isComing = error instanceof StateDatabaseAwayError && error.cause === undefined;
    if (!known && !isComing) this.logger.warn(`the group's queues are not ready, trying again: ${error.message}`);
  }
}

/** The promise goes on for others; this wait ends with the signal. */
async function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal.reason as Error);
    signal.addEventListener('abort', abort);
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
