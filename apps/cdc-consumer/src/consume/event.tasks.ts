import { Injectable } from '@nestjs/common';
import { decodeChangeEvent, type ChangeEvent, type DeadLetterReason } from '@sluice/contracts';
import { DispatchAbortedError, EventDispatcher, type DeliveryInfo, type HandlerFailure } from '@sluice/handlers';
import type { Delivery, DeliveryOutcome, DeliveryTask, DeliveryTasks } from '@sluice/messaging';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { DeadLetters, type DeadLetter } from '../dead-letter/dead-letter.js';
import { EventCounters } from './event.counters.js';
import { laneOf } from './event.lane.js';

/** What is done for a delivery: read it, run its handlers, and keep what failed as a dead letter. */
@Injectable()
export class EventTasks implements DeliveryTasks {
  readonly counters = new EventCounters();
  private readonly group: string;
  private unreadable = 0;

  constructor(
    private readonly dispatcher: EventDispatcher,
    private readonly deadLetters: DeadLetters,
    { environment }: ConsumerSettings,
  ) {
    this.group = environment.CONSUMER_GROUP;
    dispatcher.observe({ onRetry: () => (this.counters.retried += 1) });
  }

  taskOf(delivery: Delivery): DeliveryTask {
    try {
      const { event } = decodeChangeEvent(delivery.body, delivery.properties.contentType as string | undefined);
      return { lane: laneOf(event), run: (signal) => this.handle(event, delivery, signal) };
    } catch (error) {
      this.unreadable += 1; // a lane of its own: nobody can say which document it concerns
      return { lane: `unreadable:${this.unreadable}`, run: (signal) => this.refuse(delivery, error, signal) };
    }
  }

  private async handle(event: ChangeEvent, delivery: Delivery, signal: AbortSignal): Promise<DeliveryOutcome> {
    try {
      const { matched, failures } = await this.dispatcher.dispatch(event, this.infoOf(delivery, signal));
      for (const failure of failures) await this.bury(delivery, 'handler-failed', failure, signal);
      if (matched === 0) this.counters.unmatched += 1;
      else if (failures.length === 0) this.counters.handled += 1;
      return 'settled';
    } catch (error) {
      return leftIfAborted(error, signal);
    }
  }

  /** Not ours, or of a version that we do not know: kept as it is, for someone who can tell. */
  private async refuse(delivery: Delivery, error: unknown, signal: AbortSignal): Promise<DeliveryOutcome> {
    const now = new Date();
    try {
      await this.bury(delivery, 'unreadable', { error, attempts: 0, firstFailedAt: now, lastFailedAt: now }, signal);
      return 'settled';
    } catch (failure) {
      return leftIfAborted(failure, signal);
    }
  }

  private async bury(
    delivery: Delivery,
    reason: DeadLetterReason,
    failure: Omit<HandlerFailure, 'handler'> & Pick<DeadLetter, 'handler'>,
    signal: AbortSignal,
  ): Promise<void> {
    await this.deadLetters.add({ delivery, reason, ...failure }, signal);
    this.counters.deadLettered += 1;
  }

  private infoOf({ partition, properties, redelivered }: Delivery, signal: AbortSignal): DeliveryInfo {
    const messageId = String(properties.messageId ?? '');
    return { group: this.group, partition, messageId, headers: properties.headers ?? {}, redelivered, signal };
  }
}

/** Stopping is no failure: the event stays with the broker and comes again. */
function leftIfAborted(error: unknown, signal: AbortSignal): DeliveryOutcome {
  if (error instanceof DispatchAbortedError || signal.aborted) return 'left';
  throw error;
}
