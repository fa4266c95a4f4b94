import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeMessage } from '../publish/change-message.js';
import type { ClaimedBodies } from './claimed-bodies.js';
import { claimIn } from './message.claim.js';

const HOUR_MS = 3_600_000;

/** Four times in the time for which bodies are kept, and once a day at least. */
export function renewEveryMs(retentionHours: number): number {
  return Math.min(retentionHours / 4, 24) * HOUR_MS;
}

/**
 * Keeps the bodies of messages that wait to be published: a stream may be held for longer than bodies are kept, and its
 * messages would then go out with nothing behind them. A body's time begins when its message is on its way.
 */
export class ClaimKeeper {
  private readonly logger = new Logger(ClaimKeeper.name);

  constructor(
    private readonly bodies: ClaimedBodies,
    private readonly everyMs: number,
    private readonly waiting: () => Iterable<ChangeMessage>,
  ) {}

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await sleep(this.everyMs, undefined, { signal }).catch(() => undefined); // whoever stops it looks at the signal
      if (!signal.aborted) await this.renew();
    }
  }

  private async renew(): Promise<void> {
    const claims = [...this.waiting()].flatMap((message) => claimIn(message) ?? []);
    try {
      await this.bodies.renew(claims);
    } catch (error) {
      this.logger.warn(`the stored parts of waiting events are not renewed, trying again later: ${String(error)}`);
    }
  }
}
