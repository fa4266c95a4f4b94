import { positionKey } from '@sluice/contracts';
import { EventRefusedError } from '../dispatch/event-refused.error.js';
import type { Version } from './inbox.js';

/** A later change of the document was handled, and this one never was: handling it now would take the document back. */
export class EventSupersededError extends EventRefusedError {
  readonly code = 'SLUICE-HANDLER-EVENT-SUPERSEDED';
  override readonly name = 'EventSupersededError';
  readonly reason = 'superseded';

  constructor(event: Version, by: Version) {
    super(
      `SLUICE-HANDLER-EVENT-SUPERSEDED  the handler has dealt with a later change of the document ` +
        `(event ${by.eventId} at ${positionKey(by.position)}) and never with this one, at ${positionKey(event.position)}: ` +
        'it is not handled any more. Bring what it should have done up to date from the document as it is.',
    );
  }
}
