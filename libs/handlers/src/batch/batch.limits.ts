import { BatchLimitsInvalidError } from './batch-limits-invalid.error.js';

/** How far a batch is collected before its handler is called. */
export interface BatchLimits {
  /** Events of one batch at most; no more than `PREFETCH`, which is all that the broker hands out ahead. */
  readonly maxEvents: number;
  /** How long the first event of a batch waits for others. */
  readonly maxWaitMs: number;
}

export const DEFAULT_BATCH_LIMITS: BatchLimits = { maxEvents: 100, maxWaitMs: 50 };

/** The defaults with the given changes. @throws BatchLimitsInvalidError naming `place` and every fault */
export function batchLimits(changes: Partial<BatchLimits>, place: string): BatchLimits {
  const limits = { ...DEFAULT_BATCH_LIMITS, ...changes };
  const faults = [
    ...(Number.isInteger(limits.maxEvents) && limits.maxEvents >= 1
      ? []
      : [`maxEvents is ${String(limits.maxEvents)}, allowed is a whole number from 1`]),
    ...(Number.isFinite(limits.maxWaitMs) && limits.maxWaitMs >= 0
      ? []
      : [`maxWaitMs is ${String(limits.maxWaitMs)}, allowed is a number of milliseconds from 0`]),
  ];
  if (faults.length > 0) throw new BatchLimitsInvalidError(place, faults);
  return limits;
}
