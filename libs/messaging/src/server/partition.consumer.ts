import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import type { RabbitConnection } from '../connection/rabbit.connection.js';
import { isMissing } from '../topology/topology.declarer.js';
import { largerPrefetch } from './prefetch.plan.js';
import { PartitionSubscription } from './partition.subscription.js';
import type { SubscriptionOptions } from './subscription.options.js';
import type { PartitionTopology } from './partition.topology.js';
import { reopenDelayMs } from './reopen.delay.js';

/** A channel that lived so long was healthy: the next loss starts with a short delay again. */
const HEALTHY_MS = 5_000;

export interface PartitionConsumerOptions extends SubscriptionOptions {
  readonly connection: RabbitConnection;
  readonly topology: PartitionTopology;
}

/**
 * Keeps one partition consumed: opens its subscription, and opens it again whenever the broker cancels it, the channel
 * fails, the connection is lost or the queue is gone, until it is stopped.
 */
export class PartitionConsumer {
  private readonly logger: Logger;
  private readonly stopping = new AbortController();
  private readonly finished: Promise<void>;
  private subscription: PartitionSubscription | undefined;
  private changedAt = new Date();
  private failures = 0;
  /** For the next subscription: more than was asked for after one in which a step could not see far enough. */
  private prefetch: number;
  private drainTimeoutMs = 0;

  constructor(private readonly options: PartitionConsumerOptions) {
    this.logger = new Logger(`Queue ${options.queue}`);
    this.prefetch = options.prefetch;
    this.finished = this.run();
  }

  get partition(): number {
    return this.options.partition;
  }

  /** True while the broker delivers to it, or would if it were the active one of its replicas. */
  get isSubscribed(): boolean {
    return this.subscription !== undefined;
  }

  /** When it was last subscribed, or lost. */
  get since(): Date {
    return this.changedAt;
  }

  /** Drains and ends. Resolves when its channel is closed. */
  async stop(drainTimeoutMs: number): Promise<void> {
    this.drainTimeoutMs = drainTimeoutMs;
    this.stopping.abort();
    await this.subscription?.stop(drainTimeoutMs);
    await this.finished;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const openedAt = performance.now();
      try {
        await this.consumeOnce(signal);
      } catch (error) {
        if (!signal.aborted) this.note(error);
      }
      if (this.isSubscribed) this.move(undefined);
      if (signal.aborted) return;
      this.failures = performance.now() - openedAt > HEALTHY_MS ? 0 : this.failures + 1;
      this.options.counters.reopened += 1;
      await sleep(reopenDelayMs(this.failures), undefined, { signal }).catch(() => undefined);
    }
  }

  private async consumeOnce(signal: AbortSignal): Promise<void> {
    const { connection, topology, queue } = this.options;
    await connection.whenConnected(signal);
    await topology.ready(signal);
    const options = { ...this.options, prefetch: this.prefetch };
    const subscription = await PartitionSubscription.open(await connection.openChannel(), options);
    this.move(subscription);
    if (signal.aborted) await subscription.stop(this.drainTimeoutMs); // the stop came while it was being opened
    const end = await subscription.ended;
    this.prefetch = end === 'full' ? largerPrefetch(this.prefetch) : this.options.prefetch;
    if (end === 'missing') this.queueIsMissing(queue);
    else if (end === 'lost' && connection.isConnected()) this.logger.warn('the channel was closed; opening it again');
  }

  private move(to: PartitionSubscription | undefined): void {
    this.subscription = to;
    this.changedAt = new Date();
  }

  private note(error: unknown): void {
    if (isMissing(error)) this.queueIsMissing(this.options.queue);
    else if (this.options.connection.isConnected()) this.logger.warn(`cannot consume, trying again: ${String(error)}`);
  }

  private queueIsMissing(queue: string): void {
    this.logger.warn('the queue is gone; it is declared again');
    this.options.topology.missing(queue);
  }
}
