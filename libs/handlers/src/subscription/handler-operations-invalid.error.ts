/** `@OnChange` lists operations that do not exist, or none. */
export class HandlerOperationsInvalidError extends Error {
  readonly code = 'SLUICE-HANDLER-OPERATIONS-INVALID';
  override readonly name = 'HandlerOperationsInvalidError';

  constructor(decorator: string, fault: string, allowed: readonly string[]) {
    super(`SLUICE-HANDLER-OPERATIONS-INVALID  ${decorator}: ${fault}. Allowed: ${allowed.join(', ')}.`);
  }
}
