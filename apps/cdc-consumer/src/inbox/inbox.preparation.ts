import { Injectable } from '@nestjs/common';
import { InboxUnavailableError } from '@sluice/handlers';
import mongoose, { type Connection } from 'mongoose';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { InboxConnections } from './inbox.connections.js';
import { ensureTimeToLive } from './inbox.indexes.js';
import { hasTransactions } from './transactions.policy.js';
import { TransactionsMissingError } from './transactions-missing.error.js';

const HOUR_S = 3_600;

/** Makes a connection fit for an inbox, once: transactions must be there, and the indexes. */
@Injectable()
export class InboxPreparation {
  private readonly done = new Map<string, Promise<void>>();
  private readonly expireAfterSeconds: number;

  constructor(
    private readonly connections: InboxConnections,
    { environment }: ConsumerSettings,
  ) {
    this.expireAfterSeconds = environment.INBOX_TTL_HOURS * HOUR_S;
    // Models that handlers inject join the transaction by themselves: https://mongoosejs.com/docs/transactions.html
    mongoose.set('transactionAsyncLocalStorage', true);
  }

  /**
   * Rejects at once with `InboxUnavailableError` while the server is away, and then begins anew at the next call.
   * @throws TransactionsMissingError
   */
  prepared(name: string, connection: Connection): Promise<void> {
    const known = this.done.get(name);
    if (known !== undefined) return known;
    const preparing = this.prepare(name, connection);
    this.done.set(name, preparing);
    preparing.catch(() => this.done.delete(name));
    return preparing;
  }

  private async prepare(name: string, { db }: Connection): Promise<void> {
    if (db === undefined) throw new InboxUnavailableError(`the connection "${name}" is not open yet`);
    try {
      if (!hasTransactions(await db.command({ hello: 1 }))) throw this.transactionsMissing(name);
      await ensureTimeToLive(db, this.expireAfterSeconds);
    } catch (cause) {
      if (cause instanceof TransactionsMissingError) throw cause;
      throw new InboxUnavailableError(`the connection "${name}" cannot be prepared`, { cause });
    }
  }

  private transactionsMissing(name: string): TransactionsMissingError {
    return new TransactionsMissingError(name, this.connections.used().get(name) ?? []);
  }
}
