/** `@OnChange` lists operations that do not exist, or none. */
export class HandlerOperationsInvalidError extends Error {
  readonly code = 'SLUICE-HANDLER-OPERATIONS-INVALID';
  override readonly name = 'HandlerOperationsInvalidError';

  /** `place`: the decorator, the class and the method. */
  constructor(place: string, fault: string, allowed: readonly string[]) {
    super(`SLUICE-HANDLER-OPERATIONS-INVALID  ${place}: ${fault}. Allowed: ${allowed.join(', ')}.`);
  }
}
