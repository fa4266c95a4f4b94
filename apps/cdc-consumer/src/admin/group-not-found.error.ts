/** The admin was asked about a group that this consumer does not serve. */
export class GroupNotFoundError extends Error {
  readonly code = 'SLUICE-GROUP-NOT-FOUND';
  readonly httpStatus = 404;

  constructor(asked: string, served: string) {
    super(`this consumer serves group "${served}", not "${asked}"`);
    this.name = 'GroupNotFoundError';
  }
}
