/** A handler's `once` names a Mongoose connection that no module has opened. */
export class ConnectionUnknownError extends Error {
  readonly code = 'SLUICE-INBOX-CONNECTION-UNKNOWN';
  override readonly name = 'ConnectionUnknownError';

  constructor(connection: string, handlers: readonly string[]) {
    super(
      `SLUICE-INBOX-CONNECTION-UNKNOWN  ${handlers.join(', ')}: \`once\` names the Mongoose connection "${connection}", ` +
        `and there is none. Open it: MongooseModule.forRoot(uri, { connectionName: '${connection}' }).`,
    );
  }
}
