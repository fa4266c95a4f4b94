/** The group's registration can be neither read nor written now. */
export class StateDatabaseAwayError extends Error {
  readonly code = 'SLUICE-STATE-DATABASE-AWAY';

  constructor(since: Date, cause: Error | undefined) {
    super(cause === undefined ? 'MongoDB is not connected yet' : awayText(since, cause), { cause });
    this.name = 'StateDatabaseAwayError';
  }
}

function awayText(since: Date, { message }: Error): string {
  return `MongoDB is away since ${since.toISOString()}: ${message}`;
}
