import { EventRefusedError } from '@sluice/handlers';

/** What belongs to an event cannot be had: no handler sees the event, for none could handle the half of it. */
export abstract class ClaimError extends EventRefusedError {}

/** The stored part of an event is gone: it waited longer than the producers keep it. */
export class ClaimExpiredError extends ClaimError {
  readonly code = 'SLUICE-CLAIM-EXPIRED';
  readonly reason = 'expired';

  constructor(claim: string) {
    super(
      `the stored part of the event, "${claim}", is gone: the event waited longer than CLAIM_RETENTION_HOURS of cdc-producer. ` +
        'What its message holds is in the dead letter; read the document itself, or set the stream back if the oplog still has the change.',
    );
    this.name = 'ClaimExpiredError';
  }
}

/** The stored part of an event is there and is not what was stored; nobody may take it for the event. */
export class ClaimCorruptError extends ClaimError {
  readonly code = 'SLUICE-CLAIM-CORRUPT';
  readonly reason = 'unreadable';

  constructor(claim: string, what: string, options?: ErrorOptions) {
    super(`the stored part of the event, "${claim}", ${what}`, options);
    this.name = 'ClaimCorruptError';
  }
}
