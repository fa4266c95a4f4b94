import { Inject, Injectable, Optional } from '@nestjs/common';
import type { ChangeEvent } from '@sluice/contracts';
import { Batches } from '../batch/batches.js';
import { HANDLER_CLOCK, type HandlerClock } from '../clock/handler.clock.js';
import type { DeliveryInfo } from '../context/delivery-info.js';
import { eventFields, eventSpan } from '../context/event.fields.js';
import { EVENT_LOGGER, type EventLogger } from '../context/event.logger.js';
import { Inbox } from '../inbox/inbox.js';
import { inboxEntryOf } from '../inbox/inbox-entry.mapper.js';
import { InboxMissingError } from '../inbox/inbox-missing.error.js';
import { OnceCall } from '../inbox/once.call.js';
import { HandlerRegistry } from '../registry/handler.registry.js';
import type { HandlerMatch } from '../registry/registered.handler.js';
import { HANDLER_RETRY_POLICY } from '../handlers.options.js';
import type { RetryPolicy } from '../retry/retry.policy.js';
import type { DispatchResult, HandlerFailure } from './dispatch-result.js';
import type { DispatchObserver, HandlerRetry } from './dispatch.observer.js';
import { HandlerRun, type HandlerRunTools, type RunOutcome } from './handler.run.js';
import {
  preparedHandler,
  type PreparedBatchHandler,
  type PreparedHandler,
  type PreparedSingleHandler,
  type SingleHandler,
} from './prepared.handler.js';
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
  private readonly handlers = new WeakMap<HandlerMatch, PreparedHandler>();
  private readonly runTools: HandlerRunTools;

  constructor(
    private readonly registry: HandlerRegistry,
    @Inject(HANDLER_RETRY_POLICY) private readonly defaultPolicy: RetryPolicy,
    @Inject(HANDLER_CLOCK) private readonly clock: HandlerClock,
    @Inject(EVENT_LOGGER) private readonly logger: EventLogger,
    @Optional() @Inject(Inbox) private readonly inbox?: Inbox,
  ) {
    this.batches = new Batches({ clock, logger, onRetry: (retry, events) => this.reportBatchRetry(retry, events) });
    this.runTools = { clock, logger, onRetry: (retry, event) => this.reportRetry(retry, event) };
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
    const handlers = this.handlersFor(event, delivery);
    const single = handlers.filter((handler) => handler.kind === 'single');
    const ofBatches = handlers.filter((handler) => handler.kind === 'batch');
    const batched = ofBatches.length === 0 ? undefined : await this.collect(ofBatches, event, delivery);
    const outcomes = await allOf(single.map((handler) => this.run(handler, event, delivery)));
    const failures = outcomes.filter((outcome) => typeof outcome === 'object');
    const parked = single.filter((_, index) => outcomes[index] === 'parked').map(({ name }) => name);
    return { matched: handlers.length, failures, ...(parked.length === 0 ? {} : { parked }), ...batched };
  }

  private handlersFor(event: ChangeEvent, { only }: DeliveryInfo): PreparedHandler[] {
    const matches = this.registry.matching(event);
    const meant = only === undefined ? matches : matches.filter(({ handler }) => handler.name === only);
    return meant.map((match) => this.prepared(match));
  }

  private prepared(match: HandlerMatch): PreparedHandler {
    const known = this.handlers.get(match);
    if (known !== undefined) return known;
    const prepared = preparedHandler(match, this.defaultPolicy);
    this.handlers.set(match, prepared);
    return prepared;
  }

  /** The batches' answer comes later, so it is wrapped: a bare promise would be waited for. */
  private async collect(ofBatches: readonly PreparedBatchHandler[], event: ChangeEvent, delivery: DeliveryInfo) {
    const batches: Promise<HandlerFailure | undefined>[] = [];
    for (const { handler, terms } of ofBatches) {
      const { settled } = await this.batches.add(handler, terms, event, delivery);
      batches.push(settled.then((failure) => this.tell(handler.name, failure, event, delivery)));
    }
    const batched = allOf(batches).then((outcomes) => outcomes.filter((failure) => failure !== undefined));
    batched.catch(() => undefined); // whoever asks for it hears of it; of a dispatch that rejects nobody does
    return { batched };
  }

  private async run(handler: PreparedSingleHandler, event: ChangeEvent, delivery: DeliveryInfo): Promise<RunOutcome> {
    const { name } = handler;
    if (delivery.parking?.mustFollow(name) === true) {
      await delivery.parking.follow(name);
      return 'parked';
    }
    let repeated = false;
    const called =
      handler.once === undefined ? handler : this.throughInbox(handler, event, delivery, () => (repeated = true));
    const outcome = await new HandlerRun(called, event, delivery, this.runTools).settle();
    if (repeated && outcome === undefined) this.notify(event, (observer) => observer.onRepeated?.(name, event));
    else this.tell(name, outcome, event, delivery);
    return outcome;
  }

  private tell<O extends RunOutcome>(handler: string, outcome: O, event: ChangeEvent, delivery: DeliveryInfo): O {
    if (outcome === undefined) this.notify(event, (observer) => observer.onHandled?.(handler, event));
    else if (outcome !== 'parked') this.reportFailure(outcome, event, delivery);
    return outcome;
  }

  /** The inbox outside of everything else that is around the call, because it may spare the rest. */
  private throughInbox(
    { name, policy, invoke, once }: PreparedSingleHandler,
    event: ChangeEvent,
    delivery: DeliveryInfo,
    onRepeated: () => void,
  ): SingleHandler {
    if (this.inbox === undefined) throw new InboxMissingError(name);
    const { inbox, clock, logger } = this;
    const tools = { inbox, clock, logger, stopping: delivery.stopping, onRepeated };
    const call = new OnceCall(inboxEntryOf(event, name, delivery, once ?? {}), invoke, tools);
    return { name, policy, invoke: (given, context) => call.run(given, context) };
  }

  /** Without the stack, which the last attempt has: the same one five times over hides what else is in the log. */
  private reportRetry(retry: HandlerRetry, event: ChangeEvent): void {
    const { handler, attempt, delayMs, error } = retry;
    this.logger.warn('handler failed, will be called again', {
      ...eventFields(event),
      handler,
      attempt,
      delayMs: Math.round(delayMs),
      error: thrownText(error),
    });
    this.notify(event, (observer) => observer.onRetry?.(retry, event));
  }

  private reportBatchRetry({ handler, attempt, delayMs, error }: HandlerRetry, events: readonly ChangeEvent[]): void {
    this.logger.warn('batch failed, what is left of it will be handed over again', {
      events: events.length,
      ...eventSpan(events),
      handler,
      attempt,
      delayMs: Math.round(delayMs),
      error: thrownText(error),
    });
    for (const event of events) {
      this.notify(event, (observer) => observer.onRetry?.({ handler, attempt, delayMs, error }, event));
    }
  }

  private reportFailure(failure: HandlerFailure, event: ChangeEvent, { deadLetterQueue }: DeliveryInfo): void {
    const { handler, reason, attempts, error } = failure;
    this.logger.error('handler failed for good', {
      ...eventFields(event),
      handler,
      reason,
      attempts,
      ...(deadLetterQueue === undefined ? {} : { deadLetterQueue }),
      err: error,
    });
    this.notify(event, (observer) => observer.onFailure?.(failure, event));
  }

  /** A counter's fault must not decide over the event. */
  private notify(event: ChangeEvent, tell: (observer: DispatchObserver) => void): void {
    for (const observer of this.observers) {
      try {
        tell(observer);
      } catch (fault) {
        this.logger.error('an observer of the dispatcher threw', { ...eventFields(event), err: fault });
      }
    }
  }
}

/** Waits for all of them, so that none goes on unseen, and then rejects as the first that did. */
async function allOf<T>(runs: readonly Promise<T>[]): Promise<T[]> {
  if (runs.length < 2) return Promise.all(runs);
  const settled = await Promise.allSettled(runs);
  return settled.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}
