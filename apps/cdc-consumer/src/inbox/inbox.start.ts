import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { GracefulShutdown } from '@sluice/platform';
import type { Connection } from 'mongoose';
import { InboxConnections } from './inbox.connections.js';
import { InboxPreparation } from './inbox.preparation.js';
import { TransactionsMissingError } from './transactions-missing.error.js';

const CONNECTED = 1;

/** Says at the start, and not at the first event, that a handler's `once` cannot work. */
@Injectable()
export class InboxStart implements OnApplicationBootstrap {
  private readonly logger = new Logger('Inbox');

  constructor(
    private readonly connections: InboxConnections,
    private readonly preparation: InboxPreparation,
    private readonly shutdown: GracefulShutdown,
  ) {}

  /** A connection that nobody has opened ends the start; a server that is away is asked once it is there. */
  onApplicationBootstrap(): void {
    for (const name of this.connections.used().keys()) {
      const connection = this.connections.get(name);
      const check = () => void this.check(name, connection);
      connection.on('connected', check);
      if ((connection.readyState as number) === CONNECTED) check();
    }
  }

  private async check(name: string, connection: Connection): Promise<void> {
    try {
      await this.preparation.prepared(name, connection);
    } catch (error) {
      if (error instanceof TransactionsMissingError) this.shutdown.fail(error);
      else this.logger.warn(`the inbox of the connection "${name}" is tried again at its next event: ${String(error)}`);
    }
  }
}
