/** A handler without `once` asks for the session of a transaction that there is not. */
export class SessionMissingError extends Error {
  readonly code = 'SLUICE-HANDLER-SESSION-MISSING';
  override readonly name = 'SessionMissingError';

  constructor(handler: string) {
    super(
      `SLUICE-HANDLER-SESSION-MISSING  ${handler} asked for context.session, but its decorator does not say ` +
        '`once: true`, so that there is no transaction.',
    );
  }
}
