/** The inbox could not be asked, or did not answer; the handler has not failed. The event waits. */
export class InboxUnavailableError extends Error {
  readonly code = 'SLUICE-INBOX-UNAVAILABLE';
  override readonly name = 'InboxUnavailableError';

  constructor(why: string, options?: ErrorOptions) {
    super(`SLUICE-INBOX-UNAVAILABLE  ${why}`, options);
  }
}
