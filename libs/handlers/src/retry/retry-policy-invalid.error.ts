/** A retry policy holds values that no plan can be made from. */
export class RetryPolicyInvalidError extends Error {
  readonly code = 'SLUICE-HANDLER-RETRY-INVALID';
  override readonly name = 'RetryPolicyInvalidError';

  /** `place`: where the policy stands. */
  constructor(
    place: string,
    readonly faults: readonly string[],
  ) {
    super(`SLUICE-HANDLER-RETRY-INVALID  ${place}: retry: ${faults.join('; ')}`);
  }
}
