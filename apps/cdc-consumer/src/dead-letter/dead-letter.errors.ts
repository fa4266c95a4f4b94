import { thrownMessage } from '@sluice/contracts';

/** There is no such dead letter, or not within the letters that are looked at. */
export class DeadLetterNotFoundError extends Error {
  readonly code = 'SLUICE-DEAD-LETTER-NOT-FOUND';
  readonly httpStatus = 404;

  constructor(id: string, scanned: number, total: number) {
    super(
      `there is no dead letter "${id}" among the oldest ${scanned} of ${total}: ` +
        'it has been replayed or discarded, or a new one has taken its place',
    );
    this.name = 'DeadLetterNotFoundError';
  }
}

/** Somebody else looks at the dead letters: what they hold is invisible meanwhile, so nobody else may. */
export class DeadLettersBusyError extends Error {
  readonly code = 'SLUICE-DEAD-LETTERS-BUSY';
  readonly httpStatus = 409;

  constructor(who: 'this replica' | 'another replica') {
    super(
      `${who} looks through the dead letters, or replays them (GET dead-letters/operations says how far that is): ` +
        'ask again when it has ended',
    );
    this.name = 'DeadLettersBusyError';
  }
}

/** A message that no handler can be given, as it is no change event that this version knows. */
export class DeadLetterUnreadableError extends Error {
  readonly code = 'SLUICE-DEAD-LETTER-UNREADABLE';
  readonly httpStatus = 409;

  constructor(id: string, options: ErrorOptions) {
    super(`dead letter "${id}" is no change event that this consumer can read; look at it, and discard it`, options);
    this.name = 'DeadLetterUnreadableError';
  }
}

/** Sent back, it would take its document back: its handler has dealt with a later change. Nothing has been changed. */
export class DeadLetterSupersededError extends Error {
  readonly code = 'SLUICE-DEAD-LETTER-SUPERSEDED';
  readonly httpStatus = 409;

  constructor(id: string) {
    super(
      `dead letter "${id}" is superseded: its handler has dealt with a later change of the document, so it was not ` +
        'replayed; bring what it should have done up to date from the document as it is, and discard it',
    );
    this.name = 'DeadLetterSupersededError';
  }
}

/** The broker or the state database is away: nothing has been changed. */
export class DeadLettersUnavailableError extends Error {
  readonly code = 'SLUICE-DEAD-LETTERS-UNAVAILABLE';
  readonly httpStatus = 503;

  constructor(cause: unknown) {
    super(`the dead letters cannot be reached now: ${thrownMessage(cause)}`, { cause });
    this.name = 'DeadLettersUnavailableError';
  }
}
