import type { ChangeEvent } from '@sluice/contracts';
import type { HandlerClock } from '../clock/handler.clock.js';
import type { EventLogger } from '../context/event.logger.js';
import type { DeliveryInfo } from '../context/delivery-info.js';
import type { HandlerFailure } from '../dispatch/dispatch-result.js';
import { failureReason, toldAttempts } from '../dispatch/event-refused.error.js';
import type { HandlerRetry } from '../dispatch/dispatch.observer.js';
import type { InvokeBatchHandler } from '../registry/registered.handler.js';
import { guardedStep } from '../retry/guarded.step.js';
import type { RetryStep } from '../retry/retry.plan.js';
import type { RetryPolicy } from '../retry/retry.policy.js';
import { BatchContext, type BatchedEvent, type BatchVerdict } from './batch-context.js';
import { batchVerdicts, type BatchEnd } from './batch.verdict.js';

/** An event of a batch, and who waits for it. */
export interface BatchItem extends BatchedEvent {
  /** Told once: nothing after a success. */
  readonly settle: (failure: HandlerFailure | undefined) => void;
  /** Told instead when its delivery is stopping first: it must not be acknowledged. */
  readonly abort: () => void;
}

/** The handler that batches are handed to. */
export interface BatchHandler {
  readonly name: string;
  readonly invoke: InvokeBatchHandler;
  readonly policy: RetryPolicy;
}

export interface BatchTools {
  readonly clock: HandlerClock;
  readonly logger: EventLogger;
  /** What is left of a batch will be handed over again. */
  readonly onRetry: (retry: HandlerRetry, events: readonly ChangeEvent[]) => void;
}

interface FailedItem {
  readonly item: BatchItem;
  readonly error: unknown;
  /** The handler said that it was this one. */
  readonly named: boolean;
  readonly step: RetryStep;
}

/**
 * One batch's way through its handler: what fails is handed over again until the policy gives up. A batch of which the
 * handler did not say which event it failed of is then handed over one event at a time, so that only those at fault
 * become dead letters and not their neighbours.
 */
export class BatchRun {
  private readonly firstFailedAt = new Map<BatchItem, Date>();

  constructor(
    private readonly handler: BatchHandler,
    private readonly tools: BatchTools,
  ) {}

  /** Ends when every item is settled or aborted; never rejects. */
  async settle(items: readonly BatchItem[]): Promise<void> {
    let left = items;
    for (let attempt = 1; ; attempt++) {
      const failed = await this.call(left, attempt);
      const again = toRetry(failed);
      await this.end(without(failed, again), attempt, left.length > 1);
      if (again.length === 0) return;
      await this.rest(again, attempt);
      left = again.map(({ item }) => item);
    }
  }

  /** Hands over what may still be; settles what is done, and answers what failed. */
  private async call(items: readonly BatchItem[], attempt: number): Promise<FailedItem[]> {
    const called = withoutAborted(items);
    const delivery = called[0]?.delivery;
    if (delivery === undefined) return [];
    const call = { handler: this.handler.name, attempt };
    const context = new BatchContext(called, delivery, call, this.tools.logger);
    const events = called.map(({ event }) => event);
    const end = await this.invoke(events, context, delivery);
    const verdicts = batchVerdicts(events, (event) => context.verdictOn(event), end);
    const steps = new Map<unknown, RetryStep>(); // `retryIf` is asked once of an error that many share
    const failed = called.flatMap((item, index) => this.judge(item, verdicts[index], context, steps));
    const open = new Set(withoutAborted(failed.map(({ item }) => item))); // it may well have failed of the stopping
    return failed.filter(({ item }) => open.has(item));
  }

  /** Items that are guarded in different ways never share a batch: one guard speaks for all. */
  private async invoke(
    events: readonly ChangeEvent[],
    context: BatchContext,
    { guard }: DeliveryInfo,
  ): Promise<BatchEnd> {
    try {
      const invoke = () => this.handler.invoke(events, context);
      await (guard === undefined ? invoke() : guard(this.handler.name, invoke));
      return { threw: false };
    } catch (error) {
      return { threw: true, error };
    }
  }

  private judge(
    item: BatchItem,
    verdict: BatchVerdict | undefined,
    context: BatchContext,
    steps: Map<unknown, RetryStep>,
  ): FailedItem[] {
    if (verdict === undefined || verdict.settled) {
      item.settle(undefined);
      return [];
    }
    if (!this.firstFailedAt.has(item)) this.firstFailedAt.set(item, this.tools.clock.now());
    const { error } = verdict;
    const step = steps.get(error) ?? this.stepAfter(context.attempt, error, item.event);
    steps.set(error, step);
    return [{ item, error, step, named: context.verdictOn(item.event) !== undefined }];
  }

  private async end(over: readonly FailedItem[], attempts: number, several: boolean): Promise<void> {
    for (const { item, error, named } of over) {
      if (named || !several) this.giveUp(item, error, attempts);
      else for (const alone of await this.call([item], attempts + 1)) this.giveUp(item, alone.error, attempts + 1);
    }
  }

  private giveUp(item: BatchItem, error: unknown, attempts: number): void {
    const lastFailedAt = this.tools.clock.now();
    const firstFailedAt = this.firstFailedAt.get(item) ?? lastFailedAt;
    item.settle({
      handler: this.handler.name,
      reason: failureReason(error),
      error,
      ...toldAttempts(error, { attempts, firstFailedAt }),
      lastFailedAt,
    });
  }

  private async rest(again: readonly FailedItem[], attempt: number): Promise<void> {
    const first = again.find(({ step }) => step.kind === 'retry');
    if (first?.step.kind !== 'retry') return;
    const { delayMs } = first.step;
    const retry = { handler: this.handler.name, attempt, delayMs, error: first.error };
    this.tools.onRetry(
      retry,
      again.map(({ item }) => item.event),
    );
    await this.tools.clock.wait(delayMs, first.item.delivery.stopping);
  }

  private stepAfter(attempt: number, error: unknown, event: ChangeEvent): RetryStep {
    const { clock, logger } = this.tools;
    const call = { handler: this.handler.name, event, attempt, error };
    return guardedStep(this.handler.policy, call, clock.random(), logger);
  }
}

/** None, or all but those that the handler named and that no repeat can mend: the rest keeps its order. */
function toRetry(failed: readonly FailedItem[]): FailedItem[] {
  if (!failed.some(({ step }) => step.kind === 'retry')) return [];
  return failed.filter(({ step, named }) => step.kind === 'retry' || !named);
}

function without(failed: readonly FailedItem[], others: readonly FailedItem[]): FailedItem[] {
  const taken = new Set(others);
  return failed.filter((each) => !taken.has(each));
}

function withoutAborted(items: readonly BatchItem[]): BatchItem[] {
  return items.filter(({ delivery: { stopping, signal }, abort }) => {
    if (!stopping.aborted && !signal.aborted) return true;
    abort();
    return false;
  });
}
