/** What a test waited for did not happen in time. */
export class ConditionTimeoutError extends Error {
  readonly code = 'SLUICE-TEST-CONDITION-TIMEOUT';
  override readonly name = 'ConditionTimeoutError';

  constructor(timeoutMs: number, failure: string, cause?: unknown) {
    super(`the condition did not hold within ${String(timeoutMs)} ms: ${failure}`, { cause });
  }
}
