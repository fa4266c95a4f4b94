import { setTimeout as delay } from 'node:timers/promises';
import { thrownMessage } from '@sluice/contracts';
import { ConditionTimeoutError } from './condition-timeout.error.js';

export interface EventuallyOptions {
  /** How long to try; default 60 s. */
  readonly timeoutMs?: number;
  /** Pause between two tries; default 25 ms. */
  readonly intervalMs?: number;
}

/** What a condition gives once it holds. */
export type Held<T> = Exclude<T, false | null | undefined>;

/**
 * Tries a condition until it holds, and gives its value. It holds when it neither throws nor gives `false`, `null` or
 * `undefined`; zero and the empty string are values like others. A condition made of assertions alone ends with
 * `return true`.
 *
 * Throws `ConditionTimeoutError` with the last failure when the time is over.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 60_000, intervalMs = 25 }: EventuallyOptions = {},
): Promise<Held<Awaited<T>>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const outcome = await attempt(condition);
    if ('value' in outcome) return outcome.value;
    if (performance.now() >= deadline) throw new ConditionTimeoutError(timeoutMs, outcome.failure, outcome.cause);
    await delay(intervalMs);
  }
}

async function attempt<T>(condition: () => T | Promise<T>) {
  try {
    const value = await condition();
    if (isHeld(value)) return { value };
    return { failure: `it last gave ${String(value)}` };
  } catch (cause) {
    return { failure: `it last threw ${thrownMessage(cause)}`, cause };
  }
}

function isHeld<T>(value: T): value is Held<T> {
  return value !== false && value !== null && value !== undefined;
}
