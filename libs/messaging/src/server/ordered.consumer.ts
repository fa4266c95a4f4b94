import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { RabbitConnection } from '../connection/rabbit.connection.js';
import { ConsumerCounters } from './consumer.counters.js';
import type { DeliveryTasks, PartitionQueue } from './delivery.js';
import { Lanes } from './lanes.js';
import { PartitionConsumer } from './partition.consumer.js';
import type { PartitionTopology } from './partition.topology.js';
import { StandstillWatch } from './standstill.watch.js';

/** What this replica does with its partitions. */
export type ConsumingState = 'starting' | 'running' | 'paused' | 'disconnected' | 'stopped';

export interface OrderedConsumerOptions {
  readonly connection: RabbitConnection;
  readonly topology: PartitionTopology;
  readonly tasks: DeliveryTasks;
  /** Unacknowledged deliveries per partition. */
  readonly prefetch: number;
  /** Lanes that run at the same time, over all partitions. */
  readonly concurrency: number;
  /** How long a pause, a stop or the hand-over of a partition waits for running handlers. */
  readonly drainTimeoutMs: number;
}

/**
 * Consumes the queues that it is assigned: those of one lane in order, others side by side. The lanes outlive channels
 * and connections, so that a message which comes again waits behind its own first run where that still goes on.
 */
export class OrderedConsumer {
  readonly counters = new ConsumerCounters();
  private readonly logger = new Logger(OrderedConsumer.name);
  private readonly lanes: Lanes;
  private readonly standstill: StandstillWatch;
  private readonly partitions = new Map<string, PartitionConsumer>();
  /** Partitions that end: their running handlers, and then their channels. */
  private readonly leaving = new Set<Promise<void>>();
  private assigned: readonly PartitionQueue[] | undefined;
  private isOpen = false;
  private starting = new AbortController();
  private wanted: 'idle' | 'running' | 'paused' | 'stopped' = 'idle';
  private changedAt = new Date();
  /** Pauses, resumes and stops happen one after another, in the order in which they were asked for. */
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: OrderedConsumerOptions) {
    this.lanes = new Lanes(options.concurrency);
    this.standstill = new StandstillWatch(options.connection.silenceAllowedMs);
  }

  get state(): ConsumingState {
    if (this.wanted === 'paused' || this.wanted === 'stopped') return this.wanted;
    if (!this.options.connection.isConnected()) return 'disconnected';
    const isRunning = this.isOpen && this.assigned !== undefined && this.missing.length === 0;
    return isRunning ? 'running' : 'starting';
  }

  /** Since when `state` is what it is. */
  get since(): Date {
    const { state } = this;
    if (state === 'disconnected') return this.options.connection.since;
    if (state === 'paused' || state === 'stopped') return this.changedAt;
    return latest(this.changedAt, state === 'running' ? [...this.partitions.values()] : this.missing);
  }

  /** The partitions that are ours, by number; none before the first assignment, and while we are paused. */
  get ownPartitions(): number[] {
    return [...this.partitions.values()].map(({ partition }) => partition).sort((a, b) => a - b);
  }

  /** Lanes whose task runs. */
  get activeLanes(): number {
    return this.lanes.active;
  }

  /** Begins to consume, also after a pause; returns at once, however far the broker is. */
  start(): void {
    if (this.wanted === 'stopped' || this.wanted === 'running') return;
    this.want('running');
    this.turn = this.turn.then(() => this.open());
  }

  /**
   * The queues to consume from now on. A new one is subscribed at once: the broker hands it out when its last owner has
   * closed its channel. One that is not ours any more starts no further handler, lets the running ones end, and closes
   * its channel. The others go on undisturbed.
   */
  assign(queues: readonly PartitionQueue[]): void {
    this.assigned = queues;
    this.follow();
  }

  /** Stops to consume until `start`: drains, and gives back what is not handled. */
  async pause(): Promise<void> {
    if (this.wanted === 'stopped') return;
    await this.end('paused');
  }

  /** As `pause`, for good. */
  async stop(): Promise<void> {
    await this.end('stopped');
  }

  private get missing(): PartitionConsumer[] {
    return [...this.partitions.values()].filter((partition) => !partition.isSubscribed);
  }

  private open(): void {
    if (this.wanted !== 'running') return;
    this.isOpen = true;
    this.standstill.start();
    this.starting = new AbortController();
    const { signal } = this.starting;
    this.options.topology.ready(signal).catch((error: unknown) => {
      if (!signal.aborted) this.logger.error(error);
    });
    this.follow();
  }

  private end(to: 'paused' | 'stopped'): Promise<void> {
    this.want(to);
    this.starting.abort();
    this.turn = this.turn.then(() => this.drain());
    return this.turn;
  }

  private want(state: typeof this.wanted): void {
    this.wanted = state;
    this.changedAt = new Date();
  }

  /** Subscribes what is ours and not subscribed, and leaves what is not ours. */
  private follow(): void {
    const ours = new Map((this.isOpen ? (this.assigned ?? []) : []).map((each) => [each.queue, each]));
    const left = [...this.partitions].filter(([queue]) => !ours.has(queue));
    const taken = [...ours.values()].filter(({ queue }) => !this.partitions.has(queue));
    for (const [queue, partition] of left) this.leave(queue, partition);
    const { options, lanes, counters, standstill } = this;
    for (const { queue, partition } of taken) {
      this.partitions.set(queue, new PartitionConsumer({ ...options, queue, partition, lanes, counters, standstill }));
    }
    if (left.length + taken.length > 0) this.changedAt = new Date();
  }

  private leave(queue: string, partition: PartitionConsumer): void {
    this.partitions.delete(queue);
    const left = partition
      .stop(this.options.drainTimeoutMs)
      .catch((error: unknown) => this.logger.error(error))
      .then(() => {
        this.leaving.delete(left);
        if (!this.partitions.has(queue)) this.options.tasks.left({ queue, partition: partition.partition }); // else ours again
      });
    this.leaving.add(left);
  }

  private async drain(): Promise<void> {
    this.isOpen = false;
    this.follow();
    await Promise.all([...this.leaving, this.idleWithin(this.options.drainTimeoutMs)]);
    this.standstill.stop();
  }

  /** Handlers of a channel that was lost before still run; they too end while what they use is open. */
  private async idleWithin(limitMs: number): Promise<void> {
    const over = new AbortController();
    const limit = sleep(limitMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([this.lanes.idle(), limit]);
    over.abort();
  }
}

function latest(first: Date, partitions: readonly PartitionConsumer[]): Date {
  return new Date(Math.max(first.getTime(), ...partitions.map(({ since }) => since.getTime())));
}
