/** The delivery was stopped before all handlers had settled. The event must not be acknowledged: it comes again. */
export class DispatchAbortedError extends Error {
  readonly code = 'SLUICE-HANDLER-DISPATCH-ABORTED';
  override readonly name = 'DispatchAbortedError';

  constructor(eventId: string) {
    super(`SLUICE-HANDLER-DISPATCH-ABORTED  event ${eventId} was given back before all its handlers had settled`);
  }
}
