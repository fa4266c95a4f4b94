/** The group's registration can be neither read nor written now. */
export class StateDatabaseAwayError extends Error {
  readonly code = 'SLUICE-STATE-DATABASE-AWAY';

  constructor(since: Date, cause: Error | undefined) {
    super(`MongoDB is away since ${since.toISOString()}${cause === undefined ? '' : `: ${cause.message}`}`, { cause });
    this.name = 'StateDatabaseAwayError';
  }
}
