import type { ChangeEvent } from '@sluice/contracts';
import type { HandlerClock } from '../clock/handler.clock.js';
import type { EventContext } from '../context/event-context.js';
import { eventIdentity } from '../context/event.fields.js';
import type { EventLogger } from '../context/event.logger.js';
import type { InvokeHandler } from '../registry/registered.handler.js';
import { delayBoundMs } from '../retry/retry.plan.js';
import { EventExpiredError } from './event-expired.error.js';
import { EventSupersededError } from './event-superseded.error.js';
import type { Inbox, InboxEntry, InboxOutcome } from './inbox.js';
import { InboxUnavailableError } from './inbox-unavailable.error.js';

/** What a call needs beside the event. */
export interface OnceTools {
  readonly inbox: Inbox;
  readonly clock: HandlerClock;
  readonly logger: EventLogger;
  /** Ends the waiting for an inbox that is away. */
  readonly stopping: AbortSignal;
  readonly onRepeated: () => void;
}

const UNAVAILABLE_DELAY = { initialDelayMs: 100, maxDelayMs: 5_000 };

/** Calls a handler through the inbox: in a transaction, and not at all for what was handled or overtaken. */
export class OnceCall {
  constructor(
    private readonly entry: InboxEntry,
    private readonly invoke: InvokeHandler,
    private readonly tools: OnceTools,
  ) {}

  /** @throws what the handler throws, `EventSupersededError` and `EventExpiredError` */
  async run(event: ChangeEvent, context: EventContext): Promise<void> {
    const outcome = await this.outcome(event, context);
    if (outcome.kind === 'superseded') throw new EventSupersededError(this.entry, outcome.by);
    if (outcome.kind === 'expired') throw new EventExpiredError(this.entry);
    if (outcome.kind === 'repeated') this.tools.onRepeated();
  }

  /**
   * While the inbox is away its events wait, without end and without using up the handler's attempts: a fail-over of
   * the database must not turn the backlog into dead letters. Gives up only when the delivery is stopping.
   */
  private async outcome(event: ChangeEvent, context: EventContext): Promise<InboxOutcome> {
    const { inbox, clock, logger, stopping } = this.tools;
    for (let attempt = 1; ; attempt++) {
      try {
        return await inbox.handle(this.entry, (session) => this.invoke(event, context.inTransaction(session)));
      } catch (error) {
        if (!(error instanceof InboxUnavailableError) || stopping.aborted) throw error;
        const { handler } = this.entry;
        if (attempt === 1)
          logger.warn('the inbox is away, the event waits', { ...eventIdentity(event), handler, err: error });
        await clock.wait(clock.random() * delayBoundMs(UNAVAILABLE_DELAY, attempt), stopping);
        if (stopping.aborted) throw error;
      }
    }
  }
}
