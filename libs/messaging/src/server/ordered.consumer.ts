import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { RabbitConnection } from '../connection/rabbit.connection.js';
import { ConsumerCounters } from './consumer.counters.js';
import type { DeliveryTasks } from './delivery.js';
import { Lanes } from './lanes.js';
import { PartitionConsumer } from './partition.consumer.js';
import type { PartitionTopology } from './partition.topology.js';

/** What this replica does with its group's queues. */
export type ConsumingState = 'starting' | 'running' | 'paused' | 'disconnected' | 'stopped';

export interface OrderedConsumerOptions {
  readonly connection: RabbitConnection;
  readonly topology: PartitionTopology;
  readonly tasks: DeliveryTasks;
  /** Unacknowledged deliveries per partition. */
  readonly prefetch: number;
  /** Lanes that run at the same time, over all partitions. */
  readonly concurrency: number;
  /** How long a pause or a stop waits for running handlers. */
  readonly drainTimeoutMs: number;
}

/**
 * Consumes the queues of a group: those of one lane in order, others side by side. The lanes outlive channels and
 * connections, so that a message which comes again waits behind its own first run where that still goes on.
 */
export class OrderedConsumer {
  readonly counters = new ConsumerCounters();
  private readonly logger = new Logger(OrderedConsumer.name);
  private readonly lanes: Lanes;
  private partitions: readonly PartitionConsumer[] = [];
  private wanted: 'idle' | 'running' | 'paused' | 'stopped' = 'idle';
  private wantedSince = new Date();
  private starting = new AbortController();
  /** Pauses, resumes and stops happen one after another, in the order in which they were asked for. */
  private turn: Promise<void> = Promise.resolve();

  constructor(private readonly options: OrderedConsumerOptions) {
    this.lanes = new Lanes(options.concurrency);
  }

  get state(): ConsumingState {
    if (this.wanted === 'paused' || this.wanted === 'stopped') return this.wanted;
    if (this.partitions.length > 0 && this.partitions.every((partition) => partition.isSubscribed)) return 'running';
    return this.options.connection.isConnected() ? 'starting' : 'disconnected';
  }

  /** Since when `state` is what it is. */
  get since(): Date {
    const { state } = this;
    if (state === 'disconnected') return this.options.connection.since;
    if (state === 'running') return latest(this.partitions);
    const missing = this.partitions.filter((partition) => !partition.isSubscribed);
    return state === 'starting' && missing.length > 0 ? latest(missing) : this.wantedSince;
  }

  /** Begins to consume, also after a pause; returns at once, however far the broker is. */
  start(): void {
    if (this.wanted === 'stopped' || this.wanted === 'running') return;
    this.want('running');
    const starting = new AbortController();
    this.starting = starting;
    this.turn = this.turn.then(() => void this.subscribe(starting.signal));
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

  private end(to: 'paused' | 'stopped'): Promise<void> {
    this.want(to);
    this.starting.abort();
    this.turn = this.turn.then(() => this.drain());
    return this.turn;
  }

  private want(state: typeof this.wanted): void {
    this.wanted = state;
    this.wantedSince = new Date();
  }

  private async drain(): Promise<void> {
    const partitions = this.partitions;
    this.partitions = [];
    const { drainTimeoutMs } = this.options;
    await Promise.all([
      ...partitions.map((partition) => partition.stop(drainTimeoutMs)),
      this.idleWithin(drainTimeoutMs),
    ]);
  }

  /** Handlers of a channel that was lost before still run; they too end while what they use is open. */
  private async idleWithin(limitMs: number): Promise<void> {
    const over = new AbortController();
    const limit = sleep(limitMs, undefined, { signal: over.signal }).catch(() => undefined);
    await Promise.race([this.lanes.idle(), limit]);
    over.abort();
  }

  private async subscribe(signal: AbortSignal): Promise<void> {
    try {
      const queues = await this.options.topology.queues(signal);
      if (signal.aborted) return;
      const { options, lanes, counters } = this;
      this.partitions = queues.map(
        (queue, partition) => new PartitionConsumer({ ...options, queue, partition, lanes, counters }),
      );
    } catch (error) {
      if (!signal.aborted) this.logger.error(error);
    }
  }
}

function latest(partitions: readonly PartitionConsumer[]): Date {
  return new Date(Math.max(...partitions.map(({ since }) => since.getTime())));
}
