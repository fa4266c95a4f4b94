import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { HEADER_CLAIM, isBodyOf, wholeEventOf, type ChangeEvent } from '@sluice/contracts';
import { eventIdentity } from '@sluice/handlers';
import { reopenDelayMs } from '@sluice/messaging';
import { ClaimCorruptError, ClaimError, ClaimExpiredError } from './claim.errors.js';
import { ClaimedBodies } from './claimed-bodies.js';

/** Makes events whole whose large part did not fit into their message, before any handler sees them. */
@Injectable()
export class ClaimRedeemer {
  private readonly logger = new Logger(ClaimRedeemer.name);

  constructor(private readonly bodies: ClaimedBodies) {}

  /**
   * The event with what its message's headers claim; the event itself where they claim nothing. A state database that
   * is away is waited for, in the event's lane: the event would not be lost by waiting, and would be as a dead letter.
   * @throws ClaimError where waiting cannot help; whatever aborted `stopping`
   */
  async wholeOf(
    event: ChangeEvent,
    headers: Readonly<Record<string, unknown>> | undefined,
    stopping: AbortSignal,
  ): Promise<ChangeEvent> {
    const claim = headers?.[HEADER_CLAIM];
    if (claim === undefined) return event;
    if (typeof claim !== 'string') throw new ClaimCorruptError(typeof claim, 'has no name');
    if (!claim.startsWith(`${event.id}.`)) throw new ClaimCorruptError(claim, `is not of this event, ${event.id}`);
    const body = await this.bodyOf(claim, event, stopping);
    try {
      return wholeEventOf(event, body);
    } catch (cause) {
      throw new ClaimCorruptError(claim, 'does not fit the event', { cause });
    }
  }

  private async bodyOf(claim: string, event: ChangeEvent, stopping: AbortSignal): Promise<Buffer> {
    for (let attempt = 0; ; attempt++) {
      stopping.throwIfAborted();
      try {
        return await this.read(claim);
      } catch (error) {
        if (error instanceof ClaimError) throw error;
        if (attempt === 0) {
          const msg = `the large part of an event is not read, it waits: ${String(error)}`;
          this.logger.warn({ msg, ...eventIdentity(event) });
        }
        await sleep(reopenDelayMs(attempt), undefined, { signal: stopping });
      }
    }
  }

  private async read(claim: string): Promise<Buffer> {
    let copies = 0;
    for await (const copy of this.bodies.copies(claim)) {
      if (isBodyOf(claim, copy)) return copy;
      copies += 1;
    }
    if (copies === 0) throw new ClaimExpiredError(claim);
    throw new ClaimCorruptError(claim, 'is not what was stored: its SHA-256 is another');
  }
}
