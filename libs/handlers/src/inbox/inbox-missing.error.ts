/** A handler asks for `once`, and the application has no inbox. */
export class InboxMissingError extends Error {
  readonly code = 'SLUICE-INBOX-MISSING';
  override readonly name = 'InboxMissingError';

  constructor(handler: string) {
    super(
      `SLUICE-INBOX-MISSING  ${handler} has \`once\`, but no module provides and exports an Inbox. ` +
        'cdc-consumer has one; in a test, `delivererFor` of @sluice/testing brings its own.',
    );
  }
}
