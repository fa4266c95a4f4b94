import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { ParkedEventStore } from '../publish/parked-event.js';
import { ClaimedBodies } from './claimed-bodies.js';

/** Bodies live for hours at least: later by one sweep does no harm. */
const EVERY_MS = 20 * 60_000;

/** Takes expired bodies out of the state database from time to time, in every producer: sweeps do not disturb each other. */
@Injectable()
export class ClaimSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ClaimSweeper.name);
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly bodies: ClaimedBodies,
    private readonly parked: ParkedEventStore,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  /** Before the connection closes under a sweep. */
  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await sleep(EVERY_MS * (0.5 + Math.random()), undefined, { signal, ref: false }).catch(() => undefined);
      if (!signal.aborted) await this.sweep();
    }
  }

  /** What parked events refer to stays: they may wait for their queue as long as they must. */
  async sweep(): Promise<void> {
    try {
      const { bodies, fragments } = await this.bodies.sweep(await this.parked.claims());
      if (bodies + fragments === 0) return;
      this.logger.log(`removed ${bodies} expired bodies and what was left of ${fragments} uploads`);
    } catch (error) {
      this.logger.warn(`expired bodies are not removed, trying again later: ${String(error)}`);
    }
  }
}
