/** The admin was asked about a group that this consumer does not serve. */
export class GroupNotFoundError extends Error {
  readonly code = 'SLUICE-GROUP-NOT-FOUND';
  readonly httpStatus = 404;

  constructor(asked: string, served: string) {
    super(`there is no group "${asked}" here; this consumer serves ${served}`);
    this.name = 'GroupNotFoundError';
  }
}
