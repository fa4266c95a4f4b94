/** A batch handler settled or failed an event that is not of its batch. */
export class BatchEventUnknownError extends Error {
  readonly code = 'SLUICE-HANDLER-BATCH-EVENT-UNKNOWN';
  override readonly name = 'BatchEventUnknownError';

  constructor(handler: string, eventId: string) {
    super(
      `SLUICE-HANDLER-BATCH-EVENT-UNKNOWN  ${handler}: event ${eventId} is not of this batch. ` +
        'Give `settle` and `fail` the event objects that the handler was called with.',
    );
  }
}
