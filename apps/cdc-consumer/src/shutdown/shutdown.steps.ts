import type { INestApplication } from '@nestjs/common';
import { OrderedRmqServer } from '@sluice/messaging';
import type { ShutdownStep } from '@sluice/platform';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { ConsumeConnection, PublishConnection } from '../connections/rabbit.connections.js';
import { CrashWatch } from '../crash/crash.watch.js';
import { DeadLetterDesk } from '../dead-letter/dead-letter.desk.js';
import { GroupHeartbeat } from '../group/group.heartbeat.js';
import { GroupTopology } from '../group/group.topology.js';
import { PartitionWaker } from '../parking/partition.waker.js';
import { ClientSessions } from '../realtime/connection/client.sessions.js';
import { FeedService } from '../realtime/feed/feed.service.js';

/**
 * What is settled before the app closes, in this order: handlers end while everything they use is open, their events
 * are acknowledged and their dead letters published while the connections are.
 */
export function shutdownSteps(app: INestApplication): ShutdownStep[] {
  return [
    ...realtimeSteps(app),
    { name: 'stop deliveries', run: () => app.get(OrderedRmqServer).close() },
    { name: 'end replays of dead letters', run: () => app.get(DeadLetterDesk).close() },
    { name: 'say that it ends in order', run: () => app.get(CrashWatch).close() },
    { name: 'stop looking for parked events', run: () => app.get(PartitionWaker).stop() },
    {
      name: 'leave the group',
      run: () => {
        app.get(GroupTopology).close();
        return app.get(GroupHeartbeat).stop();
      },
    },
    { name: 'close the dead letters', run: () => app.get(PublishConnection).close() },
    { name: 'close RabbitMQ', run: () => app.get(ConsumeConnection).close() },
  ];
}

function realtimeSteps(app: INestApplication): ShutdownStep[] {
  if (app.get(ConsumerSettings).environment.REALTIME === 'off') return [];
  return [
    { name: 'send the clients of live push elsewhere', run: () => Promise.resolve(app.get(ClientSessions).end()) },
    { name: 'end live push', run: () => app.get(FeedService).stop() },
  ];
}
