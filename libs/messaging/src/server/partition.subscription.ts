import { Logger } from '@nestjs/common';
import type { Channel, ConsumeMessage } from 'amqplib';
import { closeReason } from '../connection/channel.close.js';
import { AcknowledgementSender } from './acknowledgement.sender.js';
import type { AloneSignals, AloneStep, DeferredOutcome, DeliveryOutcome, StepOutcome } from './delivery.js';
import { deliveryOf } from './delivery.mapper.js';
import { wirePrefetch } from './prefetch.plan.js';
import { PrefetchExhaustedError } from './prefetch-exhausted.error.js';
import { PartitionIntake, type Arrival } from './partition.intake.js';
import { sharedAbort } from './shared-abort.js';
import type { SubscriptionOptions } from './subscription.options.js';
import { withResolvers } from './with-resolvers.js';
import { within } from './within.js';

/** Why a subscription is over. `missing`: its queue is gone. `full`: a step has to see further than its prefetch. */
export type SubscriptionEnd = 'stopped' | 'missing' | 'full' | 'lost';

/** A broker that no longer answers must not hold up a stop. */
const CLOSE_TIMEOUT_MS = 2_000;

/**
 * One channel that consumes one partition's queue, from its opening to its end. Acknowledges only what is settled, and
 * only on this channel: what settles after its end is not acknowledged at all, and comes again. Never `nack(requeue)`,
 * never `cancel` before the close: both hand out later messages before earlier ones.
 */
export class PartitionSubscription {
  /** Resolves when the channel is closed, by whomever. */
  readonly ended: Promise<SubscriptionEnd>;
  private readonly finish: () => void;
  private readonly logger: Logger;
  private readonly acknowledgements: AcknowledgementSender;
  /** By lane: its last delivery whose outcome is deferred, or is behind one. */
  private readonly deferred = new Map<string, Promise<DeliveryOutcome>>();
  private readonly intake: PartitionIntake;
  private readonly stopping = sharedAbort();
  private readonly over = sharedAbort();
  private readonly signals: AloneSignals = {
    stopping: this.stopping.signal,
    over: this.over.signal,
    isFull: () => this.acknowledgements.isFull,
  };
  private readonly endWatch: () => void;
  private open = true;
  private running = 0;
  private end: SubscriptionEnd = 'lost';
  private onIdle: (() => void) | undefined;
  private isAtEnd = false;
  /** Deliveries of streams that are read to their end: they are never settled. */
  private kept = 0;
  private onSettled: (() => void) | undefined;
  private taking: Promise<void> | undefined;

  private constructor(
    private readonly channel: Channel,
    private readonly options: SubscriptionOptions,
  ) {
    this.logger = new Logger(`Queue ${options.queue}`);
    this.acknowledgements = new AcknowledgementSender(channel, options, () => this.leave());
    this.intake = new PartitionIntake({
      begin: (arrival) => options.lanes.push(arrival.task.lane, this, () => this.run(arrival)),
      alone: (step) => this.runAlone(step),
      kept: (count) => this.keep(count),
    });
    this.endWatch = options.standstill.onStandstill(() => this.stoodStill());
    const { promise, resolve } = withResolvers<SubscriptionEnd>();
    this.ended = promise;
    this.finish = () => {
      this.leave();
      resolve(this.end);
    };
    channel.once('close', this.finish);
  }

  /** Begins to consume. Rejects with the broker's answer (404: no such queue); the channel is closed then. */
  static async open(channel: Channel, options: SubscriptionOptions): Promise<PartitionSubscription> {
    const subscription = new PartitionSubscription(channel, options);
    try {
      await channel.prefetch(wirePrefetch(options.prefetch));
      await channel.consume(options.queue, (message) => subscription.receive(message));
      return subscription;
    } catch (error) {
      await subscription.close('lost');
      throw closeReason(channel) ?? error;
    }
  }

  /**
   * Starts nothing further, lets what runs end within `drainTimeoutMs`, acknowledges it, and closes the channel.
   * What still runs then comes again later, in its lane behind its own first run.
   */
  async stop(drainTimeoutMs: number): Promise<void> {
    if (!this.open) return;
    this.begin('stopped');
    if (!(await this.idleWithin(drainTimeoutMs))) {
      this.logger.warn(`${this.running} handlers still run after ${drainTimeoutMs} ms; their events come again`);
    }
    await this.close('stopped');
  }

  private receive(message: ConsumeMessage | null): void {
    if (message === null) return void this.close('missing'); // the broker took the queue from us
    this.options.standstill.look();
    if (this.stopping.signal.aborted || this.isAtEnd) return; // stays unacknowledged: it comes again
    const { deliveryTag, redelivered } = message.fields;
    this.options.counters.received += 1;
    this.options.counters.receivedBytes += message.content.length;
    if (redelivered) this.options.counters.redelivered += 1;
    const { tasks } = this.options;
    const delivery = deliveryOf(message, this.options);
    const end = tasks.endOf(delivery);
    if (end !== undefined) return void this.endAt(deliveryTag, end);
    this.taking ??= this.take();
    const task = tasks.taskOf(delivery);
    this.acknowledgements.delivered(deliveryTag);
    this.intake.add({ tag: deliveryTag, task });
  }

  /** Its failure is told by the runs that wait for it. */
  private take(): Promise<void> {
    const { queue, partition, tasks } = this.options;
    const taking = tasks.taken({ queue, partition }, this.signals);
    taking.catch(() => undefined);
    return taking;
  }

  /** Resolves when the lane may go on; a deferred outcome is waited for besides, and counts as running meanwhile. */
  private async run(arrival: Arrival): Promise<void> {
    this.options.standstill.look();
    this.running += 1;
    let outcome: DeliveryOutcome | DeferredOutcome = 'left';
    try {
      if (await this.isReady()) outcome = await arrival.task.run(this.signals);
    } catch (error) {
      this.fail(error);
    }
    const before = this.deferred.get(arrival.task.lane);
    if (typeof outcome === 'string' && before === undefined) this.finishRun(arrival, outcome);
    else void this.finishLater(arrival, this.endBehind(before, outcome));
  }

  /** What is behind the mark waits, unacknowledged, until the partition is given up, or the mark means nothing. */
  private async endAt(tag: number, end: AloneStep): Promise<void> {
    this.isAtEnd = true;
    if (!this.isSettled) await new Promise<void>((resolve) => (this.onSettled = resolve));
    if ((await this.runAlone(end)) !== 'passed') return;
    this.acknowledgements.sendSingle(tag);
    await this.close('lost');
  }

  private async runAlone(step: AloneStep): Promise<StepOutcome | 'stopping'> {
    this.options.standstill.look();
    this.running += 1;
    let outcome: StepOutcome | 'stopping' = 'stopping';
    try {
      if ((await this.isReady()) && (await this.isAcknowledged())) outcome = await step(this.signals);
    } catch (error) {
      if (!this.stopping.signal.aborted) this.fail(error);
    } finally {
      this.endRun();
    }
    return this.stopping.signal.aborted ? 'stopping' : outcome;
  }

  /** Everything but what is behind the end of its stream. */
  private get isSettled(): boolean {
    return this.acknowledgements.unsettledCount === this.kept;
  }

  /** Where nothing else has room any more, the mark is not seen: then it has to see further. */
  private keep(count: number): void {
    this.kept = count;
    if (this.isSettled) this.onSettled?.();
    if (count >= this.options.prefetch && !this.isAtEnd) void this.close('full');
  }

  /**
   * Acknowledges all that is settled, and has the broker say that it has read it: what is done before a step must not
   * come again after it. `false`: the channel is lost.
   */
  private async isAcknowledged(): Promise<boolean> {
    this.acknowledgements.flushAll();
    // Changes nothing for a consumer that is there (https://www.rabbitmq.com/docs/consumer-prefetch); answered in turn.
    const answered = Promise.resolve(this.channel.prefetch(wirePrefetch(this.options.prefetch))).then(() => true);
    return Promise.race([answered, this.ended.then(() => false)]);
  }

  /**
   * Settles behind the deferred deliveries of its lane: acknowledged before them, it would not come again with them, and
   * what else handles both would be left with the earlier one.
   */
  private async finishLater(arrival: Arrival, ended: Promise<DeliveryOutcome>): Promise<void> {
    const { lane } = arrival.task;
    this.deferred.set(lane, ended);
    const outcome = await ended;
    if (this.deferred.get(lane) === ended) this.deferred.delete(lane);
    this.finishRun(arrival, outcome);
  }

  /** Never rejects. */
  private async endBehind(
    before: Promise<DeliveryOutcome> | undefined,
    outcome: DeliveryOutcome | DeferredOutcome,
  ): Promise<DeliveryOutcome> {
    try {
      const own = typeof outcome === 'string' ? outcome : await outcome.later;
      return (await before) === 'left' ? 'left' : own;
    } catch (error) {
      this.fail(error);
      return 'left';
    }
  }

  private finishRun(arrival: Arrival, outcome: DeliveryOutcome): void {
    if (outcome === 'settled') this.settle(arrival);
    this.endRun();
  }

  private endRun(): void {
    this.running -= 1;
    if (this.isSettled) this.onSettled?.();
    if (this.running === 0) this.onIdle?.();
  }

  /** Else the delivery would stay with us, unhandled, for as long as the channel lives. */
  private fail(error: unknown): void {
    if (error instanceof PrefetchExhaustedError) return void this.close('full');
    this.logger.error(error);
    void this.close('lost');
  }

  /** Taking over that fails of being stopped is no defect. */
  private async isReady(): Promise<boolean> {
    const { signal } = this.stopping;
    await this.taking?.catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
    return !signal.aborted;
  }

  private settle(arrival: Arrival): void {
    this.acknowledgements.settle(arrival.tag);
    arrival.task.settled?.();
    if (!this.stopping.signal.aborted) this.intake.settled(arrival); // else nothing behind it is begun any more
  }

  private begin(end: SubscriptionEnd): void {
    this.end = end;
    this.stopping.abort();
    this.options.lanes.discard(this);
  }

  private async close(end: SubscriptionEnd): Promise<void> {
    if (!this.open) return;
    this.begin(end);
    this.acknowledgements.flushAll(); // also behind a hole that is young: else it comes again for nothing
    this.leave();
    const closed = this.channel.close().catch(() => undefined); // closed already: that is what we want
    await within(CLOSE_TIMEOUT_MS, closed);
    this.finish(); // also where the broker did not answer
  }

  /** The partition may be another replica's by now, further than what is here. What has settled is acknowledged still. */
  private stoodStill(): void {
    this.logger.warn('this process stood still for longer than the broker waits; the queue is subscribed anew');
    void this.close('lost');
  }

  /** No acknowledgement goes out on this channel any more. */
  private leave(): void {
    if (!this.open) return;
    this.open = false;
    this.acknowledgements.end();
    this.endWatch();
    this.stopping.abort();
    this.over.abort();
    this.options.lanes.discard(this);
  }

  private async idleWithin(limitMs: number): Promise<boolean> {
    if (this.running === 0 && this.taking === undefined) return true;
    const idle = this.idle().then(() => this.release());
    return (await within(limitMs, Promise.race([idle, this.ended.then(() => false)]))) ?? false;
  }

  private idle(): Promise<void> {
    return this.running === 0 ? Promise.resolve() : new Promise((resolve) => (this.onIdle = resolve));
  }

  private async release(): Promise<true> {
    const { queue, partition, tasks } = this.options;
    try {
      if (this.taking !== undefined) await tasks.released({ queue, partition });
    } catch (error) {
      this.logger.error(error);
    }
    return true;
  }
}
