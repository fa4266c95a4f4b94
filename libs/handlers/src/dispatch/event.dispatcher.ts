import { Inject, Injectable } from '@nestjs/common';
import type { ChangeEvent } from '@sluice/contracts';
import { HANDLER_CLOCK, type HandlerClock } from '../clock/handler.clock.js';
import type { DeliveryInfo } from '../context/delivery-info.js';
import { withDocument } from '../document/document.parse.js';
import { eventFields } from '../context/event.fields.js';
import { EVENT_LOGGER, type EventLogger } from '../context/event.logger.js';
import { HandlerRegistry } from '../registry/handler.registry.js';
import type { HandlerMatch } from '../registry/registered.handler.js';
import { HANDLER_RETRY_POLICY } from '../handlers.options.js';
import type { RetryPolicy } from '../retry/retry.policy.js';
import type { DispatchResult, HandlerFailure } from './dispatch-result.js';
import type { DispatchObserver, HandlerRetry } from './dispatch.observer.js';
import { HandlerRun } from './handler.run.js';
import { thrownText } from './thrown.js';

/**
 * Brings an event to every handler that wants it. The handlers run side by side, so that a slow or retrying one holds
 * up none of the others; each retries on its own, so that one failing does not repeat its neighbours. They share the
 * event object: treat it as read-only.
 */
@Injectable()
export class EventDispatcher {
  private readonly observers = new Set<DispatchObserver>();

  constructor(
    private readonly registry: HandlerRegistry,
    @Inject(HANDLER_RETRY_POLICY) private readonly defaultPolicy: RetryPolicy,
    @Inject(HANDLER_CLOCK) private readonly clock: HandlerClock,
    @Inject(EVENT_LOGGER) private readonly logger: EventLogger,
  ) {}

  /** Lets counters follow successes, retries and failures; the result takes the observer off again. */
  observe(observer: DispatchObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  /**
   * Settles when every handler has. Whatever a handler throws becomes a failure in the result. Rejects with
   * `DispatchAbortedError` when the delivery is stopping while handlers still have to run: none is started after that,
   * and those that run are waited for. Then, as after any rejection, the event must not be acknowledged.
   */
  async dispatch(event: ChangeEvent, delivery: DeliveryInfo): Promise<DispatchResult> {
    const { only } = delivery;
    const matches = this.registry.matching(event).filter(({ handler }) => only === undefined || handler.name === only);
    const settled = await Promise.allSettled(matches.map((match) => this.run(match, event, delivery)));
    const outcomes = settled.map((outcome) => {
      if (outcome.status === 'rejected') throw outcome.reason;
      return outcome.value;
    });
    const failures = outcomes.filter((outcome) => typeof outcome === 'object');
    const parked = matches.filter((_, index) => outcomes[index] === 'parked').map(({ handler }) => handler.name);
    return { matched: matches.length, failures, ...(parked.length === 0 ? {} : { parked }) };
  }

  private async run({ handler: registered, subscription }: HandlerMatch, event: ChangeEvent, delivery: DeliveryInfo) {
    if (delivery.parking?.mustFollow(registered.name) === true) {
      await delivery.parking.follow(registered.name);
      return 'parked' as const;
    }
    const handler = { ...registered, invoke: withDocument(subscription.document, registered.invoke) };
    const policy = { ...this.defaultPolicy, ...subscription.retry };
    const outcome = await new HandlerRun(handler, policy, event, delivery, {
      clock: this.clock,
      logger: this.logger,
      onRetry: (retry) => this.reportRetry(retry, event),
    }).settle();
    if (outcome === undefined) this.notify((observer) => observer.onHandled?.(handler.name, event));
    else if (outcome !== 'parked') this.reportFailure(outcome, event, delivery);
    return outcome;
  }

  /** Without the stack, which the last attempt has: the same one five times over hides what else is in the log. */
  private reportRetry(retry: HandlerRetry, event: ChangeEvent): void {
    const { handler, attempt, delayMs, error } = retry;
    this.logger.warn('handler failed, will be called again', {
      eventId: event.id,
      ...eventFields(event),
      handler,
      attempt,
      delayMs: Math.round(delayMs),
      error: thrownText(error),
    });
    this.notify((observer) => observer.onRetry?.(retry, event));
  }

  private reportFailure(failure: HandlerFailure, event: ChangeEvent, { deadLetterQueue }: DeliveryInfo): void {
    const { handler, reason, attempts, error } = failure;
    this.logger.error('handler failed for good', {
      eventId: event.id,
      ...eventFields(event),
      handler,
      reason,
      attempts,
      ...(deadLetterQueue === undefined ? {} : { deadLetterQueue }),
      err: error,
    });
    this.notify((observer) => observer.onFailure?.(failure, event));
  }

  /** A counter's fault must not decide over the event. */
  private notify(tell: (observer: DispatchObserver) => void): void {
    for (const observer of this.observers) {
      try {
        tell(observer);
      } catch (fault) {
        this.logger.error('an observer of the dispatcher threw', { err: fault });
      }
    }
  }
}
