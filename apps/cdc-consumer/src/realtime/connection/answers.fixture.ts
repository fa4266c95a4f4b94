import { createServer, ServerResponse, type IncomingMessage } from 'node:http';
import { duplexPair, type Duplex } from 'node:stream';
import { AccessSettings, AdminAccess, Caller, FileReloads, problemOf } from '@sluice/platform';
import { loadConsumerSettings } from '../../config/consumer.settings.js';
import { GrantBook } from '../access/grant.book.js';
import { RealtimeAccess } from '../access/realtime.access.js';
import { RealtimeEntrance } from '../access/realtime.entrance.js';
import { StreamPasses } from '../access/stream.passes.js';
import { TicketDesk } from '../access/ticket.desk.js';
import { TicketStore } from '../access/ticket.store.js';
import { FanOut } from '../fan-out/fan.out.js';
import { GENEROUS } from '../fan-out/subscriber.fixture.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import { DocumentSource, type SnapshotReading } from '../snapshot/document.source.js';
import { SnapshotSender } from '../snapshot/snapshot.sender.js';
import { SubscriptionDesk } from '../subscription/subscription.desk.js';
import { ClientSessions } from './client.sessions.js';
import { ConnectionRegister } from './connection.register.js';
import { Heartbeat } from './heartbeat.js';
import { RealtimeCounters } from './realtime.counters.js';

const settings = loadConsumerSettings({ MONGODB_URI: 'mongodb://localhost', RABBITMQ_URI: 'amqp://localhost' });

export const CALLER = new Caller('subscriber', 'page');

class NoTickets extends TicketStore {
  override add = () => Promise.resolve();
  override find = () => Promise.resolve(undefined);
  override take = () => Promise.resolve(undefined);
  override begin = () => Promise.resolve(undefined);
  override comeBack = () => Promise.resolve(undefined);
  override keep = () => Promise.resolve();
}

/** Any document that is asked for is the same large one. */
class OneDocument extends DocumentSource {
  override indexes = () => Promise.resolve([]);
  override count = () => Promise.resolve(1);
  override find = () => Promise.resolve({ _id: 1, text: 'x'.repeat(1_048_576) });
  override read = (): SnapshotReading => {
    throw new Error('no snapshots here');
  };
}

/** What controllers of live push are made of; a token has two places. */
export function theParts() {
  const limits = { ...GENEROUS, maxConnectionsPerToken: 2 };
  const files = new FileReloads();
  const admin = new AdminAccess(new AccessSettings(settings.environment), files);
  const access = new RealtimeAccess(admin, new GrantBook(admin, files, settings));
  const [store, feed, counters, documents] = [
    new NoTickets(),
    new MemoryFeed(),
    new RealtimeCounters(),
    new OneDocument(),
  ];
  const passes = new StreamPasses(store);
  const entrance = new RealtimeEntrance(admin, new TicketDesk(store), passes, settings);
  const fanOut = new FanOut(feed, limits, counters);
  const desk = new SubscriptionDesk(feed, fanOut, access, new SnapshotSender(documents, feed, limits), limits);
  const register = new ConnectionRegister(limits);
  const heartbeat = new Heartbeat(feed, limits);
  const sessions = new ClientSessions(register, heartbeat, desk, access, limits, counters);
  return { limits, access, passes, entrance, desk, register, sessions, documents };
}

/** A connection to an HTTP server without a network: the client's end, and the server's. */
export function aWire(answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>) {
  const server = createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.writeHead(problemOf(error).status).end());
  });
  const [client, socket]: [Duplex, Duplex] = duplexPair();
  socket.on('error', () => undefined);
  server.emit('connection', socket); // https://nodejs.org/api/http.html#event-connection
  return { client, socket };
}
