import { EventRefusedError } from '../dispatch/event-refused.error.js';
import type { Version } from './inbox.js';

/** A dead letter was sent back later than tombstones are kept: the document may have been deleted since. */
export class EventExpiredError extends EventRefusedError {
  readonly code = 'SLUICE-HANDLER-EVENT-EXPIRED';
  override readonly name = 'EventExpiredError';
  readonly reason = 'expired';

  constructor({ position }: Version) {
    super(
      `SLUICE-HANDLER-EVENT-EXPIRED  the change is of ${new Date(position.clusterTime.t * 1000).toISOString()}, older ` +
        'than the inbox remembers deletes (INBOX_TTL_HOURS), and nothing is known of its document: it may have been ' +
        'deleted since, so it is not handled any more.',
    );
  }
}
