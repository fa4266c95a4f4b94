import { Module, type DynamicModule, type ModuleMetadata } from '@nestjs/common';
import { Admissions } from './access/admissions.js';
import { GrantBook } from './access/grant.book.js';
import { MongoTicketStore } from './access/mongo-ticket.store.js';
import { RealtimeAccess } from './access/realtime.access.js';
import { RealtimeEntrance } from './access/realtime.entrance.js';
import { StreamPasses } from './access/stream.passes.js';
import { TicketAllowances } from './access/ticket.allowances.js';
import { TicketDesk } from './access/ticket.desk.js';
import { TicketStore } from './access/ticket.store.js';
import { TicketsController } from './access/tickets.controller.js';
import { ClientSessions } from './connection/client.sessions.js';
import { ConnectionRegister } from './connection/connection.register.js';
import { Heartbeat } from './connection/heartbeat.js';
import { RealtimeCounters } from './connection/realtime.counters.js';
import { FanOut } from './fan-out/fan.out.js';
import { ClientMessages } from './gateway/client.messages.js';
import { RealtimeGateway } from './gateway/realtime.gateway.js';
import { ConfiguredRealtimeLimits, RealtimeLimits } from './limits/realtime.limits.js';
import { DocumentSource } from './snapshot/document.source.js';
import { DocumentsController } from './snapshot/documents.controller.js';
import { MongoDocumentSource } from './snapshot/mongo-document.source.js';
import { SnapshotSender } from './snapshot/snapshot.sender.js';
import { EventsController } from './sse/events.controller.js';
import { SseRefusals } from './sse/sse.refusals.js';
import { SubscriptionDesk } from './subscription/subscription.desk.js';

const ACCESS = [
  Admissions,
  GrantBook,
  RealtimeAccess,
  RealtimeEntrance,
  StreamPasses,
  TicketAllowances,
  TicketDesk,
  { provide: TicketStore, useClass: MongoTicketStore },
];

/** Live push: who may have what, and what brings it to them. `feed` is a module that exports the `Feed`. */
@Module({})
export class PushModule {
  static over(feed: NonNullable<ModuleMetadata['imports']>[number]): DynamicModule {
    return {
      module: PushModule,
      imports: [feed],
      controllers: [TicketsController, EventsController, DocumentsController],
      providers: [
        ...ACCESS,
        RealtimeCounters,
        ConnectionRegister,
        Heartbeat,
        ClientSessions,
        ClientMessages,
        RealtimeGateway,
        SseRefusals,
        FanOut,
        SubscriptionDesk,
        SnapshotSender,
        { provide: RealtimeLimits, useClass: ConfiguredRealtimeLimits },
        { provide: DocumentSource, useClass: MongoDocumentSource },
      ],
      exports: [RealtimeCounters, ConnectionRegister],
    };
  }
}
