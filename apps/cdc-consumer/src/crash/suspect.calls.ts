import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from '@nestjs/common';
import { systemClock } from '@sluice/handlers';
import { untilStored } from '../state/until-stored.js';
import { CallGate } from './call.gate.js';
import type { CallMark } from './call-mark.js';
import type { CrashStore } from './crash.store.js';
import { ProcessDiedError } from './process-died.error.js';

/** How long calls wait for one that should be alone, and the other way round, before both go on side by side. */
const PATIENCE_MS = 30_000;

type Call = () => Promise<unknown>;
type Outcome = { readonly answer: unknown } | { readonly error: unknown };

export interface SuspectCallsOptions {
  readonly store: CrashStore;
  /** This process. */
  readonly holder: string;
  /** Deaths in a call that was noted by itself. */
  readonly attempts: number;
  readonly logger: Logger;
}

/**
 * Makes this process' calls: those that are not suspect side by side, and each that is alone, with a note of it in the
 * state database before it begins. Nobody waits for the state database inside the gate: what cannot be noted leaves it.
 */
export class SuspectCalls {
  private readonly gate = new CallGate(PATIENCE_MS, systemClock);

  constructor(private readonly options: SuspectCallsOptions) {}

  beside(call: Call, signal: AbortSignal): Promise<unknown> {
    return this.gate.pass('beside', call, signal);
  }

  /** `isCovered`: says, or sees to it, that a note of several covers it; where none does, it is noted by itself. */
  async alone(mark: CallMark, isCovered: () => Promise<boolean>, call: Call, signal: AbortSignal): Promise<unknown> {
    const { logger } = this.options;
    const noted = async () => ((await isCovered()) ? outcomeOf(call) : this.singly(mark, call, signal));
    const outcome = await untilStored('note a call', { signal, logger }, () => this.gate.pass('alone', noted, signal));
    if ('error' in outcome) throw outcome.error;
    return outcome.answer;
  }

  /** Rejects where it cannot be noted, and only then. */
  private async singly(mark: CallMark, call: Call, signal: AbortSignal): Promise<Outcome> {
    const { store, holder, attempts } = this.options;
    const earlier = await store.begin(mark, holder);
    if (earlier !== undefined && earlier.attempts >= attempts)
      return { error: new ProcessDiedError(mark.handler, earlier) };
    const outcome = await outcomeOf(call);
    await this.ended(mark, 'answer' in outcome, signal);
    return outcome;
  }

  /** A process that dies of what the call has left undone, as a rejection that nobody handles, dies before this. */
  private async ended(mark: CallMark, forget: boolean, signal: AbortSignal): Promise<void> {
    const { logger, store, holder } = this.options;
    await nextTurn();
    const end = () => store.end(mark, holder, forget);
    await end()
      .catch(() => untilStored('note that a call has ended', { signal, logger }, end))
      .catch((error: unknown) => logger.warn(`a note of a call stays behind: ${String(error)}`)); // we are stopping
  }
}

async function outcomeOf(call: Call): Promise<Outcome> {
  try {
    return { answer: await call() };
  } catch (error) {
    return { error };
  }
}
