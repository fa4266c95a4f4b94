import { thrownMessage } from '@sluice/contracts';

/** What handlers have dealt with cannot be looked up now. */
export class InboxAwayError extends Error {
  readonly code = 'SLUICE-INBOX-AWAY';
  readonly httpStatus = 503;

  constructor(cause: unknown) {
    super(`the inbox cannot be read now: ${thrownMessage(cause)}; ask again`, { cause });
    this.name = 'InboxAwayError';
  }
}
