import { Inject, Injectable, Optional } from '@nestjs/common';
import type { ChangeEvent } from '@sluice/contracts';
import { Batches } from '../batch/batches.js';
import { HANDLER_CLOCK, type HandlerClock } from '../clock/handler.clock.js';
import type { DeliveryInfo } from '../context/delivery-info.js';
import { withDocument } from '../document/document.parse.js';
import { eventFields } from '../context/event.fields.js';
import { EVENT_LOGGER, type EventLogger } from '../context/event.logger.js';
import { Inbox } from '../inbox/inbox.js';
import { inboxEntryOf } from '../inbox/inbox-entry.mapper.js';
import { InboxMissingError } from '../inbox/inbox-missing.error.js';
import { OnceCall } from '../inbox/once.call.js';
import { HandlerRegistry } from '../registry/handler.registry.js';
import type { HandlerMatch, InvokeHandler } from '../registry/registered.handler.js';
import { HANDLER_RETRY_POLICY } from '../handlers.options.js';
import type { RetryPolicy } from '../retry/retry.policy.js';
import type { DispatchResult, HandlerFailure } from './dispatch-result.js';
import type { DispatchObserver, HandlerRetry } from './dispatch.observer.js';
import { HandlerRun, type RunOutcome } from './handler.run.js';
import { thrownText } from './thrown.js';

/**
 * Brings an event to every handler that wants it. The handlers run side by side, so that a slow or retrying one holds
 * up none of the others; each retries on its own, so that one failing does not repeat its neighbours. They share the
 * event object: treat it as read-only.
 */
@Injectable()
export class EventDispatcher {
  private readonly observers = new Set<DispatchObserver>();
  private readonly batches: Batches;

  constructor(
    private readonly registry: HandlerRegistry,
    @Inject(HANDLER_RETRY_POLICY) private readonly defaultPolicy: RetryPolicy,
    @Inject(HANDLER_CLOCK) private readonly clock: HandlerClock,
    @Inject(EVENT_LOGGER) private readonly logger: EventLogger,
    @Optional() @Inject(Inbox) private readonly inbox?: Inbox,
  ) {
    this.batches = new Batches({ clock, logger, onRetry: (retry, events) => this.reportBatchRetry(retry, events) });
  }

  /** Lets counters follow successes, retries and failures; the result takes the observer off again. */
  observe(observer: DispatchObserver): () => void {
    this.observers.add(observer);
    return () => this.observers.delete(observer);
  }

  /**
   * Settles when every handler of single events has. Whatever a handler throws becomes a failure in the result. Rejects with
   * `DispatchAbortedError` when the delivery is stopping while handlers still have to run: none is started after that,
   * and those that run are waited for. Then, as after any rejection, the event must not be acknowledged.
   */
  async dispatch(event: ChangeEvent, delivery: DeliveryInfo): Promise<DispatchResult> {
    const { only } = delivery;
    const matches = this.registry.matching(event).filter(({ handler }) => only === undefined || handler.name === only);
    const batched = await this.collect(matches, event, delivery);
    const single = matches.filter(({ subscription }) => subscription.batch === undefined);
    const outcomes = await allOf(single.map((match) => this.run(match, event, delivery)));
    const failures = outcomes.filter((outcome) => typeof outcome === 'object');
    const parked = single.filter((_, index) => outcomes[index] === 'parked').map(({ handler }) => handler.name);
    return { matched: matches.length, failures, ...(parked.length === 0 ? {} : { parked }), ...batched };
  }

  /** The batches' answer comes later, so it is wrapped: a bare promise would be waited for. */
  private async collect(matches: readonly HandlerMatch[], event: ChangeEvent, delivery: DeliveryInfo) {
    const batches: Promise<HandlerFailure | undefined>[] = [];
    for (const { handler, subscription } of matches) {
      const { batch, document } = subscription;
      const { name, invokeBatch: invoke } = handler;
      if (batch === undefined || invoke === undefined) continue;
      const policy = { ...this.defaultPolicy, ...subscription.retry };
      const { settled } = await this.batches.add({ name, invoke, policy }, { batch, document }, event, delivery);
      batches.push(settled.then((failure) => this.tell(name, failure, event, delivery)));
    }
    if (batches.length === 0) return undefined;
    const batched = allOf(batches).then((outcomes) => outcomes.filter((failure) => failure !== undefined));
    batched.catch(() => undefined); // whoever asks for it hears of it; of a dispatch that rejects nobody does
    return { batched };
  }

  private async run(match: HandlerMatch, event: ChangeEvent, delivery: DeliveryInfo) {
    const { name } = match.handler;
    if (delivery.parking?.mustFollow(name) === true) {
      await delivery.parking.follow(name);
      return 'parked' as const;
    }
    let repeated = false;
    const handler = { ...match.handler, invoke: this.invokeOf(match, event, delivery, () => (repeated = true)) };
    const policy = { ...this.defaultPolicy, ...match.subscription.retry };
    const outcome = await new HandlerRun(handler, policy, event, delivery, {
      clock: this.clock,
      logger: this.logger,
      onRetry: (retry) => this.reportRetry(retry, event),
    }).settle();
    if (repeated && outcome === undefined) this.notify((observer) => observer.onRepeated?.(name, event));
    else this.tell(name, outcome, event, delivery);
    return outcome;
  }

  private tell<O extends RunOutcome>(handler: string, outcome: O, event: ChangeEvent, delivery: DeliveryInfo): O {
    if (outcome === undefined) this.notify((observer) => observer.onHandled?.(handler, event));
    else if (outcome !== 'parked') this.reportFailure(outcome, event, delivery);
    return outcome;
  }

  /** The handler's call with what its decorator asks for around it: the inbox outside, because it may spare the rest. */
  private invokeOf(
    { handler, subscription: { document, once } }: HandlerMatch,
    event: ChangeEvent,
    delivery: DeliveryInfo,
    onRepeated: () => void,
  ): InvokeHandler {
    const invoke = withDocument(document, handler.invoke);
    if (once === undefined) return invoke;
    if (this.inbox === undefined) throw new InboxMissingError(handler.name);
    const { inbox, clock, logger } = this;
    const tools = { inbox, clock, logger, stopping: delivery.stopping, onRepeated };
    const call = new OnceCall(inboxEntryOf(event, handler.name, delivery, once), invoke, tools);
    return (given, context) => call.run(given, context);
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

  private reportBatchRetry({ handler, attempt, delayMs, error }: HandlerRetry, events: readonly ChangeEvent[]): void {
    this.logger.warn('batch failed, what is left of it will be handed over again', {
      events: events.length,
      firstEventId: events[0]?.id,
      handler,
      attempt,
      delayMs: Math.round(delayMs),
      error: thrownText(error),
    });
    for (const event of events) {
      this.notify((observer) => observer.onRetry?.({ handler, attempt, delayMs, error }, event));
    }
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

/** Waits for all of them, so that none goes on unseen, and then rejects as the first that did. */
async function allOf<T>(runs: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(runs);
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
