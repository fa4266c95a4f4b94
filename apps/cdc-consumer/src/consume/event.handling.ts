import { Inject, Injectable, Logger } from '@nestjs/common';
import { DEAD_LETTER_HEADERS, REPLAY_HEADERS, type ChangeEvent, type TopologyNames } from '@sluice/contracts';
import {
  DispatchAbortedError,
  EventDispatcher,
  HandlerRegistry,
  thrownText,
  type CallGuard,
  type DeliveryInfo,
  type DispatchResult,
  type EarlierAttempts,
  type HandlerParking,
} from '@sluice/handlers';
import type { Delivery, DeliverySignals } from '@sluice/messaging';
import { ClaimError } from '../claim-check/claim.errors.js';
import { ClaimRedeemer } from '../claim-check/claim.redeemer.js';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { CrashWatch } from '../crash/crash.watch.js';
import { DeadLetters, type DeadLetter } from '../dead-letter/dead-letter.js';
import { DeliveryTracer } from './delivery.tracer.js';
import { deliveryFields } from './delivery.fields.js';
import { HandlerGoneError } from './handler-gone.error.js';
import { EventCounters } from './event.counters.js';

/** What is particular about one handling of an event. */
export interface HandlingOptions {
  /** The one handler that is to run; default: all that want the event. */
  readonly only?: string | undefined;
  readonly parking?: HandlerParking | undefined;
  /** The process may have died of it; default: as its delivery says. */
  readonly isSuspect?: boolean;
}

type Handled = DispatchResult | 'left' | 'refused';

/** Runs an event's handlers and keeps what has failed for good as dead letters: after it, the event is dealt with. */
@Injectable()
export class EventHandling {
  readonly counters: EventCounters;
  readonly deadLetterQueue: string;
  private readonly logger = new Logger(EventHandling.name);
  private readonly group: string;
  private readonly tracer: DeliveryTracer | undefined;

  constructor(
    private readonly dispatcher: EventDispatcher,
    private readonly deadLetters: DeadLetters,
    private readonly claims: ClaimRedeemer,
    private readonly crashes: CrashWatch,
    handlers: HandlerRegistry,
    @Inject(TOPOLOGY_NAMES) names: TopologyNames,
    { environment }: ConsumerSettings,
  ) {
    this.group = environment.CONSUMER_GROUP;
    this.tracer = environment.OTEL_TRACES_EXPORTER === 'none' ? undefined : new DeliveryTracer(this.group);
    this.deadLetterQueue = names.deadLetterQueue(this.group);
    const counters = new EventCounters(
      (handler) => handlers.describe().find(({ name }) => name === handler)?.patterns ?? [],
    );
    this.counters = counters;
    dispatcher.observe({
      onHandled: (handler, event) => {
        counters.of(handler, event).handled += 1;
        counters.handledInTime(handler, event);
      },
      onRepeated: (handler, event) => (counters.of(handler, event).repeated += 1),
      onRetry: ({ handler }, event) => {
        counters.retried += 1;
        counters.of(handler, event).retried += 1;
      },
      onFailure: ({ handler }, event) => (counters.of(handler, event).failed += 1),
    });
  }

  /**
   * `left`: we are stopping, and it is to be done again. `refused`: a dead letter that no handler has seen, because what
   * is stored apart of it is gone.
   */
  handle(
    event: ChangeEvent,
    delivery: Delivery,
    signals: DeliverySignals,
    how: HandlingOptions = {},
  ): Promise<Handled> {
    if (this.tracer === undefined) return this.run(event, delivery, signals, how);
    return this.tracer.process(delivery, () => this.run(event, delivery, signals, how));
  }

  private async run(
    event: ChangeEvent,
    delivery: Delivery,
    signals: DeliverySignals,
    how: HandlingOptions,
  ): Promise<Handled> {
    try {
      const whole = await this.claims.wholeOf(event, delivery.properties.headers, signals.stopping);
      const result = await this.dispatcher.dispatch(whole, this.infoOf(event, delivery, signals, how));
      for (const failure of result.failures) await this.bury(delivery, failure, signals);
      return result;
    } catch (error) {
      if (error instanceof ClaimError) return this.refuseClaim(delivery, error, signals, how);
      if (error instanceof DispatchAbortedError || signals.stopping.aborted) return 'left';
      throw error;
    }
  }

  /** Resolves when the dead letter is safe; rejects when the delivery is stopping first. */
  async bury(delivery: Delivery, failure: Omit<DeadLetter, 'delivery'>, { stopping }: DeliverySignals): Promise<void> {
    await this.deadLetters.add({ delivery, ...failure }, stopping);
    this.counters.deadLettered += 1;
  }

  /** Keeps a message that no handler can be given, as it is, for someone who can tell what it is. */
  async refuse(delivery: Delivery, error: unknown, signals: DeliverySignals, handler?: string): Promise<void> {
    const { queue } = delivery;
    const { deadLetterQueue } = this;
    const about = { ...deliveryFields(delivery), queue, deadLetterQueue };
    this.logger.error({ msg: 'message cannot be read', ...about, error: thrownText(error) });
    const now = new Date();
    const reason = error instanceof ClaimError ? error.reason : 'unreadable';
    const failure = { reason, error, attempts: 0, firstFailedAt: now, lastFailedAt: now };
    await this.bury(delivery, { ...failure, ...(handler === undefined ? {} : { handler }) }, signals);
  }

  /** Keeps an event whose handler does not exist any more. */
  buryGone(
    delivery: Delivery,
    handler: string,
    signals: DeliverySignals,
    { attempts, firstFailedAt }: EarlierAttempts = { attempts: 0, firstFailedAt: new Date() },
  ): Promise<void> {
    const error = new HandlerGoneError(handler);
    const failure = { reason: error.reason, error, attempts, firstFailedAt, lastFailedAt: new Date() };
    return this.bury(delivery, { ...failure, handler }, signals);
  }

  private async refuseClaim(
    delivery: Delivery,
    error: ClaimError,
    signals: DeliverySignals,
    { only }: HandlingOptions,
  ): Promise<'refused' | 'left'> {
    try {
      await this.refuse(delivery, error, signals, only);
      return 'refused';
    } catch (failed) {
      if (signals.stopping.aborted) return 'left';
      throw failed;
    }
  }

  private guardOf(...call: Parameters<CrashWatch['guardOf']>): CallGuard {
    const guard = this.crashes.guardOf(...call);
    const { tracer } = this;
    return tracer === undefined ? guard : (handler, run) => guard(handler, () => tracer.handle(handler, run));
  }

  private infoOf(event: ChangeEvent, delivery: Delivery, signals: DeliverySignals, how: HandlingOptions): DeliveryInfo {
    const { partition, properties, redelivered } = delivery;
    const { only, parking, isSuspect = this.crashes.suspects(delivery) } = how;
    const { stopping, over } = signals;
    return {
      group: this.group,
      partition,
      messageId: String(properties.messageId ?? ''),
      headers: properties.headers ?? {},
      redelivered,
      replayed: isReplay(delivery),
      stopping,
      signal: over,
      deadLetterQueue: this.deadLetterQueue,
      guard: this.guardOf(event, delivery, signals, isSuspect),
      alone: isSuspect,
      ...(only === undefined ? {} : { only }),
      ...(parking === undefined ? {} : { parking }),
    };
  }
}

/** Sent back over the admin HTTP, or by RabbitMQ's own means, with the letter's headers. */
function isReplay({ properties }: Delivery): boolean {
  const headers = properties.headers ?? {};
  return REPLAY_HEADERS.letter in headers || DEAD_LETTER_HEADERS.id in headers;
}
