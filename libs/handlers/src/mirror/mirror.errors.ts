import { namespaceName, positionKey, type DocumentEvent } from '@sluice/contracts';
import { EventRefusedError } from '../dispatch/event-refused.error.js';
import { MIRROR_FIELD } from './mirror.state.js';

/** An event of a document that a mirror cannot take, however often it comes. */
export abstract class MirrorRefusedError extends EventRefusedError {
  readonly reason: EventRefusedError['reason'] = 'handler-failed';
}

/** An update of a document that the mirror does not have, without the document. */
export class MirrorDocumentUnknownError extends MirrorRefusedError {
  readonly code = 'SLUICE-MIRROR-DOCUMENT-UNKNOWN';
  override readonly name = 'MirrorDocumentUnknownError';

  constructor(event: DocumentEvent) {
    super(
      `SLUICE-MIRROR-DOCUMENT-UNKNOWN  ${nameOf(event)} is not in the mirror, and its update comes without the ` +
        'document: nothing of it can be applied. Let the stream look documents up (fullDocument: updateLookup), or ' +
        'copy the collection before the mirror begins.',
    );
  }
}

/** What a change was, does not fit the document that the mirror has, or is not in the event. */
export class MirrorChangeInapplicableError extends MirrorRefusedError {
  readonly code = 'SLUICE-MIRROR-CHANGE-INAPPLICABLE';
  override readonly name = 'MirrorChangeInapplicableError';

  constructor(event: DocumentEvent, why: string) {
    super(
      `SLUICE-MIRROR-CHANGE-INAPPLICABLE  the ${event.operation} of ${nameOf(event)} cannot be applied to the mirror: ` +
        `${why}. Let the stream look documents up (fullDocument: updateLookup) and keep them whole (onOversize: ` +
        'claimCheck), or copy the document again by hand.',
    );
  }
}

/** A document has a field of the name that the mirror keeps its positions under. */
export class MirrorFieldReservedError extends MirrorRefusedError {
  readonly code = 'SLUICE-MIRROR-FIELD-RESERVED';
  override readonly name = 'MirrorFieldReservedError';

  constructor(event: DocumentEvent) {
    super(
      `SLUICE-MIRROR-FIELD-RESERVED  ${nameOf(event)} has a field "${MIRROR_FIELD}", under which a mirror keeps the ` +
        'position of its copy. Take the field out of the source, or out of the stream by its pipeline.',
    );
  }
}

/** A dead letter was sent back later than the mirror remembers deletes. */
export class MirrorEventExpiredError extends MirrorRefusedError {
  readonly code = 'SLUICE-MIRROR-EVENT-EXPIRED';
  override readonly name = 'MirrorEventExpiredError';
  override readonly reason = 'expired';

  constructor(event: DocumentEvent) {
    super(
      `SLUICE-MIRROR-EVENT-EXPIRED  the change at ${positionKey(event.position)} is older than the mirror remembers ` +
        `deletes (tombstoneTtlHours), and it has no ${nameOf(event)}: that may have been deleted since, so it is not ` +
        'brought back.',
    );
  }
}

/** The mirror's server refuses a document: by an index, a validator or its size. */
export class MirrorWriteRefusedError extends Error {
  readonly code = 'SLUICE-MIRROR-WRITE-REFUSED';
  override readonly name = 'MirrorWriteRefusedError';

  constructor(target: string, { code, errmsg }: { readonly code?: number; readonly errmsg?: string | undefined }) {
    super(
      `SLUICE-MIRROR-WRITE-REFUSED  ${target} refuses a document with code ${code ?? 'unknown'}: ${errmsg ?? ''}. A mirror ` +
        'needs no validator, and no unique index that the source has not.',
    );
  }
}

/** The mirror's database is away: its events wait, and use up no attempt. */
export class MirrorUnavailableError extends Error {
  readonly code = 'SLUICE-MIRROR-UNAVAILABLE';
  override readonly name = 'MirrorUnavailableError';

  constructor(target: string, options: ErrorOptions) {
    super(`SLUICE-MIRROR-UNAVAILABLE  the mirror ${target} is not reached; its events wait.`, options);
  }
}

/** `MirrorProjection.of` was given something that no mirror can be made of. */
export class MirrorOptionsInvalidError extends Error {
  readonly code = 'SLUICE-MIRROR-OPTIONS-INVALID';
  override readonly name = 'MirrorOptionsInvalidError';

  constructor(fault: string) {
    super(`SLUICE-MIRROR-OPTIONS-INVALID  MirrorProjection.of: ${fault}.`);
  }
}

function nameOf({ ns, documentKey }: DocumentEvent): string {
  return `document ${JSON.stringify(documentKey._id)} of ${namespaceName(ns)}`;
}
