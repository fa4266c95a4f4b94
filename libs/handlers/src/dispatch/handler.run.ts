import type { ChangeEvent } from '@sluice/contracts';
import type { HandlerClock } from '../clock/handler.clock.js';
import type { DeliveryInfo } from '../context/delivery-info.js';
import { EventContext } from '../context/event-context.js';
import type { EventLogger } from '../context/event.logger.js';
import { guardedStep } from '../retry/guarded.step.js';
import { failureReason, toldAttempts } from './event-refused.error.js';
import { DispatchAbortedError } from './dispatch-aborted.error.js';
import type { HandlerFailure } from './dispatch-result.js';
import type { HandlerRetry } from './dispatch.observer.js';
import type { WaitingHandler } from './handler.parking.js';
import type { SingleHandler } from './prepared.handler.js';

/** What runs need beside their events. */
export interface HandlerRunTools {
  readonly clock: HandlerClock;
  readonly logger: EventLogger;
  readonly onRetry: (retry: HandlerRetry, event: ChangeEvent) => void;
}

/** Nothing after a success; `parked`: the event is kept for the handler elsewhere. */
export type RunOutcome = HandlerFailure | 'parked' | undefined;

/** One handler's way through one event: calls it until it succeeds or its policy gives up. */
export class HandlerRun {
  private firstFailedAt: Date | undefined;

  constructor(
    private readonly handler: SingleHandler,
    private readonly event: ChangeEvent,
    private readonly delivery: DeliveryInfo,
    private readonly tools: HandlerRunTools,
  ) {
    this.firstFailedAt = delivery.parking?.earlier?.firstFailedAt;
  }

  /**
   * The failure, or nothing after a success. Rejects with `DispatchAbortedError` when the delivery is stopping first;
   * a call that fails after that counts as aborted, because it may well have failed of it.
   */
  async settle(): Promise<RunOutcome> {
    const { parking, stopping } = this.delivery;
    for (let attempt = (parking?.earlier?.attempts ?? 0) + 1; ; attempt++) {
      this.refuseIfAborted();
      const failed = await this.call(attempt);
      if (failed === undefined) return undefined;
      this.refuseIfAborted();
      const call = { handler: this.handler.name, attempt, error: failed.error };
      const { clock, logger } = this.tools;
      const step = guardedStep(this.handler.policy, { ...call, event: this.event }, clock.random(), logger);
      if (step.kind === 'give-up') return this.failure(attempt, failed);
      this.tools.onRetry({ ...call, delayMs: step.delayMs }, this.event);
      const waiting = this.waiting(attempt, failed, step.delayMs);
      if (parking !== undefined && this.waitsTooLong(waiting)) {
        await parking.park(waiting);
        return 'parked';
      }
      await this.tools.clock.wait(step.delayMs, stopping);
    }
  }

  /** The error is wrapped, because a handler may throw anything, `undefined` included. */
  private async call(attempt: number): Promise<{ error: unknown; at: Date } | undefined> {
    try {
      const call = { handler: this.handler.name, attempt };
      const context = new EventContext(this.event, this.delivery, call, this.tools.logger);
      const invoke = () => this.handler.invoke(this.event, context);
      await (this.delivery.guard === undefined ? invoke() : this.delivery.guard(this.handler.name, invoke));
      return undefined;
    } catch (error) {
      const at = this.tools.clock.now();
      this.firstFailedAt ??= at;
      return { error, at };
    }
  }

  private waiting(attempts: number, { error, at }: { error: unknown; at: Date }, delayMs: number): WaitingHandler {
    const firstFailedAt = this.firstFailedAt ?? at;
    return { handler: this.handler.name, error, attempts, firstFailedAt, lastFailedAt: at, delayMs };
  }

  /** Since the first failure, the calls in between included: all that time the document's next events wait. */
  private waitsTooLong({ firstFailedAt, lastFailedAt, delayMs }: WaitingHandler): boolean {
    return lastFailedAt.getTime() + delayMs - firstFailedAt.getTime() > this.handler.policy.parkAfterMs;
  }

  private failure(attempts: number, { error, at }: { error: unknown; at: Date }): HandlerFailure {
    return {
      handler: this.handler.name,
      reason: failureReason(error),
      error,
      ...toldAttempts(error, { attempts, firstFailedAt: this.firstFailedAt ?? at }),
      lastFailedAt: at,
    };
  }

  private refuseIfAborted(): void {
    const { stopping, signal } = this.delivery;
    if (stopping.aborted || signal.aborted) throw new DispatchAbortedError(this.event.id);
  }
}
