import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from '../harness/app.process.js';
import { Random } from './random.js';

/** `ADMIN_KILLS` raises it. */
export const KILLS = Number(process.env['ADMIN_KILLS'] ?? 12);

/** Each kill is followed by a start. */
export const TIMEOUT_MS = 240_000 + KILLS * 60_000;

/** A request that changes something, and whose answer may never come. */
type Change = () => Promise<{ readonly status: number }>;

/**
 * Kills an app at random moments of a request. Where the answer was faster the next moment is sooner, and otherwise later:
 * most fall where the work is done, however slow the machine is. `CHAOS_SEED` repeats a run's choices.
 */
export class RequestKiller {
  private readonly random: Random;
  private aboutMs = 100;

  constructor() {
    this.random = new Random(Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 32)));
    console.log(`CHAOS_SEED=${this.random.seed}`);
  }

  /** Answers the status where the answer was faster. */
  async killDuring(app: AppProcess, change: Change): Promise<number | undefined> {
    const answer = change().then(
      ({ status }) => status,
      () => undefined, // the connection went with the process
    );
    await sleep(this.aboutMs * (0.5 + this.random.next()));
    await app.kill();
    const status = await answer;
    this.aboutMs *= status === undefined ? 1.4 : 0.6;
    return status;
  }
}
