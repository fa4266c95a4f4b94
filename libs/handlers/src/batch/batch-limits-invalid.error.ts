/** `@OnBatch` has limits that no batch can be collected by. */
export class BatchLimitsInvalidError extends Error {
  readonly code = 'SLUICE-HANDLER-BATCH-INVALID';
  override readonly name = 'BatchLimitsInvalidError';

  /** `place`: the decorator, the class and the method. */
  constructor(
    place: string,
    readonly faults: readonly string[],
  ) {
    super(`SLUICE-HANDLER-BATCH-INVALID  ${place}: ${faults.join('; ')}`);
  }
}
