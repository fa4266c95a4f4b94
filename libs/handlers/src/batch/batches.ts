import type { ChangeEvent } from '@sluice/contracts';
import type { DeliveryInfo } from '../context/delivery-info.js';
import { DispatchAbortedError } from '../dispatch/dispatch-aborted.error.js';
import type { HandlerFailure } from '../dispatch/dispatch-result.js';
import { failureReason } from '../dispatch/event-refused.error.js';
import { parsedEvent } from '../document/document.parse.js';
import type { StandardSchema } from '../document/standard-schema.js';
import { BatchCollector } from './batch.collector.js';
import type { BatchLimits } from './batch.limits.js';
import { BatchRun, type BatchHandler, type BatchTools } from './batch.run.js';

/** What a handler's decorator says of its batches. */
export interface BatchTerms {
  readonly batch: BatchLimits;
  readonly document?: StandardSchema | undefined;
}

/** Where events wait for the batches of their handlers. */
export class Batches {
  /** By handler and partition; one exists only while it has work. */
  private readonly collectors = new Map<string, BatchCollector>();

  constructor(private readonly tools: BatchTools) {}

  /**
   * Puts an event into the next batch of its handler and partition; ends when it is there, and its document's next
   * event may follow. `settled` answers the failure, or nothing after a success, and rejects with
   * `DispatchAbortedError` when the delivery is stopping first.
   */
  async add(handler: BatchHandler, { batch, document }: BatchTerms, event: ChangeEvent, delivery: DeliveryInfo) {
    const input = document === undefined ? { event } : await this.parse(handler.name, document, event);
    if ('failure' in input) return { settled: Promise.resolve(input.failure) };
    const collector = this.collectorOf(handler, batch, delivery.partition);
    const settled = new Promise<HandlerFailure | undefined>((settle, reject) =>
      collector.add({ event: input.event, delivery, settle, abort: () => reject(new DispatchAbortedError(event.id)) }),
    );
    return { settled };
  }

  /** One event that does not keep to its handler's schema must not fail the batch. */
  private async parse(
    handler: string,
    document: StandardSchema,
    event: ChangeEvent,
  ): Promise<{ event: ChangeEvent } | { failure: HandlerFailure }> {
    try {
      return { event: await parsedEvent(document, event) };
    } catch (error) {
      const at = this.tools.clock.now();
      const reason = failureReason(error);
      return { failure: { handler, reason, error, attempts: 1, firstFailedAt: at, lastFailedAt: at } };
    }
  }

  private collectorOf(handler: BatchHandler, limits: BatchLimits, partition: number): BatchCollector {
    const key = `${partition} ${handler.name}`;
    const known = this.collectors.get(key);
    if (known !== undefined) return known;
    const collector = new BatchCollector(
      limits,
      this.tools.clock,
      (items) => new BatchRun(handler, this.tools).settle(items),
      () => this.collectors.delete(key),
    );
    this.collectors.set(key, collector);
    return collector;
  }
}
