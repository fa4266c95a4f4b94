import { Inject, Injectable, Logger } from '@nestjs/common';
import { decodeChangeEvent, type ChangeEvent, type TopologyNames } from '@sluice/contracts';
import {
  DispatchAbortedError,
  EventDispatcher,
  thrownText,
  type DeliveryInfo,
  type HandlerFailure,
} from '@sluice/handlers';
import type {
  AloneStep,
  DeferredOutcome,
  Delivery,
  DeliveryOutcome,
  DeliverySignals,
  DeliveryTask,
  DeliveryTasks,
  TakenPartition,
} from '@sluice/messaging';
import { ClaimError } from '../claim-check/claim.errors.js';
import { ClaimRedeemer } from '../claim-check/claim.redeemer.js';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { DeadLetters, type DeadLetter } from '../dead-letter/dead-letter.js';
import { EpochFence } from '../epoch/epoch.fence.js';
import { EventCounters } from './event.counters.js';
import { laneOf } from './event.lane.js';
import { UnmatchedEvents } from './unmatched-events.policy.js';

/** What is done for a delivery: read it, run its handlers, and keep what failed as a dead letter. */
@Injectable()
export class EventTasks implements DeliveryTasks {
  readonly counters = new EventCounters();
  private readonly logger = new Logger(EventTasks.name);
  private readonly group: string;
  private readonly deadLetterQueue: string;
  private unreadable = 0;

  constructor(
    private readonly dispatcher: EventDispatcher,
    private readonly deadLetters: DeadLetters,
    private readonly unmatched: UnmatchedEvents,
    private readonly fence: EpochFence,
    private readonly claims: ClaimRedeemer,
    @Inject(TOPOLOGY_NAMES) names: TopologyNames,
    { environment }: ConsumerSettings,
  ) {
    this.group = environment.CONSUMER_GROUP;
    this.deadLetterQueue = names.deadLetterQueue(this.group);
    dispatcher.observe({
      onHandled: (handler) => (this.counters.ofHandler(handler).handled += 1),
      onRetry: () => (this.counters.retried += 1),
      onFailure: ({ handler }) => (this.counters.ofHandler(handler).failed += 1),
    });
  }

  taskOf(delivery: Delivery): DeliveryTask {
    try {
      const { event } = decodeChangeEvent(delivery.body, delivery.properties.contentType as string | undefined);
      return this.taskFor(event, delivery);
    } catch (error) {
      this.unreadable += 1; // a lane of its own: nobody can say which document it concerns
      return { lane: `unreadable:${this.unreadable}`, run: (signals) => this.refuse(delivery, error, signals) };
    }
  }

  /** Whatever a step needs of the partition's earlier owner is read here. */
  taken({ queue }: TakenPartition): Promise<void> {
    this.fence.taken(queue);
    return Promise.resolve();
  }

  async released(): Promise<void> {}

  private taskFor(event: ChangeEvent, delivery: Delivery): DeliveryTask {
    const { stream } = event;
    let isOld = false;
    const alone = (): AloneStep | undefined => {
      const passage = this.fence.passageOf(delivery, stream);
      isOld = passage === 'old';
      return typeof passage === 'function' ? passage : undefined;
    };
    const run = (signals: DeliverySignals) => (isOld ? this.keepOut() : this.handle(event, delivery, signals));
    return { lane: laneOf(event), stream, alone, run };
  }

  private keepOut(): Promise<DeliveryOutcome> {
    this.counters.fenced += 1;
    return Promise.resolve('settled');
  }

  private async handle(
    claiming: ChangeEvent,
    delivery: Delivery,
    signals: DeliverySignals,
  ): Promise<DeliveryOutcome | DeferredOutcome> {
    try {
      const event = await this.claims.wholeOf(claiming, delivery.properties.headers, signals.stopping);
      const { matched, failures, batched } = await this.dispatcher.dispatch(event, this.infoOf(delivery, signals));
      for (const failure of failures) await this.bury(delivery, failure, signals);
      if (batched !== undefined) return { later: this.finishBatched(batched, failures.length, delivery, signals) };
      if (matched === 0 && !(await this.unmatched.areOurs(event))) return 'left';
      if (matched === 0) this.counters.unmatched += 1;
      else if (failures.length === 0) this.counters.handled += 1;
      return 'settled';
    } catch (error) {
      if (error instanceof ClaimError) return this.refuse(delivery, error, signals);
      return leftIfStopping(error, signals);
    }
  }

  /** The lane goes on meanwhile; the event is acknowledged when its batches have settled. */
  private async finishBatched(
    batched: Promise<readonly HandlerFailure[]>,
    failedBefore: number,
    delivery: Delivery,
    signals: DeliverySignals,
  ): Promise<DeliveryOutcome> {
    try {
      const failures = await batched;
      for (const failure of failures) await this.bury(delivery, failure, signals);
      if (failedBefore + failures.length === 0) this.counters.handled += 1;
      return 'settled';
    } catch (error) {
      return leftIfStopping(error, signals);
    }
  }

  /**
   * Not ours, or of a version that we do not know, or with its stored part gone: kept as it is, for someone who can tell.
   */
  private async refuse(delivery: Delivery, error: unknown, signals: DeliverySignals): Promise<DeliveryOutcome> {
    const { queue, properties } = delivery;
    const { deadLetterQueue } = this;
    const messageId = properties.messageId as unknown; // whatever a foreign program put there
    this.logger.error({ msg: 'message cannot be read', queue, messageId, deadLetterQueue, error: thrownText(error) });
    const now = new Date();
    const reason = error instanceof ClaimError ? error.reason : 'unreadable';
    try {
      const failure = { reason, error, attempts: 0, firstFailedAt: now, lastFailedAt: now } as const;
      await this.bury(delivery, failure, signals);
      return 'settled';
    } catch (failure) {
      return leftIfStopping(failure, signals);
    }
  }

  private async bury(
    delivery: Delivery,
    failure: Omit<DeadLetter, 'delivery'>,
    { stopping }: DeliverySignals,
  ): Promise<void> {
    await this.deadLetters.add({ delivery, ...failure }, stopping);
    this.counters.deadLettered += 1;
  }

  private infoOf({ partition, properties, redelivered }: Delivery, { stopping, over }: DeliverySignals): DeliveryInfo {
    return {
      group: this.group,
      partition,
      messageId: String(properties.messageId ?? ''),
      headers: properties.headers ?? {},
      redelivered,
      stopping,
      signal: over,
      deadLetterQueue: this.deadLetterQueue,
    };
  }
}

/** Stopping is no failure: the event stays with the broker and comes again. */
function leftIfStopping(error: unknown, { stopping }: DeliverySignals): DeliveryOutcome {
  if (error instanceof DispatchAbortedError || stopping.aborted) return 'left';
  throw error;
}
