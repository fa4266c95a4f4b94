import type { ProblemFault } from '@sluice/contracts';

/** A request's body or query is not what its schema allows: every fault, with what was found and what is allowed. */
export class RequestInvalidError extends Error {
  readonly code = 'SLUICE-REQUEST-INVALID';
  readonly httpStatus = 400;

  constructor(readonly errors: readonly ProblemFault[]) {
    super(errors.map(({ field, found, allowed }) => `${field}: found ${found}; allowed: ${allowed}`).join('. '));
    this.name = 'RequestInvalidError';
  }
}
