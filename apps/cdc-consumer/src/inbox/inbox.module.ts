import { Global, Module } from '@nestjs/common';
import { Inbox } from '@sluice/handlers';
import { GroupMemory } from './group-memory.js';
import { InboxConnections } from './inbox.connections.js';
import { InboxPreparation } from './inbox.preparation.js';
import { InboxStart } from './inbox.start.js';
import { MongoGroupMemory } from './mongo-group.memory.js';
import { MongoInbox } from './mongo-inbox.store.js';

/** Where handlers with `once` keep what they have handled. Global: the dispatcher asks for it from a library. */
@Global()
@Module({
  providers: [
    InboxConnections,
    InboxPreparation,
    InboxStart,
    { provide: Inbox, useClass: MongoInbox },
    { provide: GroupMemory, useClass: MongoGroupMemory },
  ],
  exports: [Inbox, GroupMemory],
})
export class InboxModule {}
