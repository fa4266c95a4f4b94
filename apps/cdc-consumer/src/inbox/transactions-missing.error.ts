/** The server that an inbox is to live on has no transactions. */
export class TransactionsMissingError extends Error {
  readonly code = 'SLUICE-INBOX-TRANSACTIONS-MISSING';
  override readonly name = 'TransactionsMissingError';

  /** `handlers`: those that ask for `once` on this connection. */
  constructor(connection: string, handlers: readonly string[]) {
    super(
      `SLUICE-INBOX-TRANSACTIONS-MISSING  ${handlers.join(', ')}: \`once\` needs transactions, and the server of the ` +
        `Mongoose connection "${connection}" is a standalone one, which has none. Make it a replica set of one member: ` +
        'start mongod with --replSet rs0, then run rs.initiate() once. Or take `once` off these handlers.',
    );
  }
}
