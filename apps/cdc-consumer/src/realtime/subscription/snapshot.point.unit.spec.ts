import { cursorSchema, type BsonDocument, type Subscription } from '@sluice/contracts';
import { AccessSettings, AdminAccess, Caller, FileReloads } from '@sluice/platform';
import { EventBuilder } from '@sluice/testing';
import fc from 'fast-check';
import { Timestamp } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { modelRuns } from '../../../../../test/harness/model.runs.js';
import { loadConsumerSettings } from '../../config/consumer.settings.js';
import { GrantBook } from '../access/grant.book.js';
import { RealtimeAccess } from '../access/realtime.access.js';
import { RealtimeConnection } from '../connection/realtime.connection.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import { FanOut } from '../fan-out/fan.out.js';
import { RecordingOutlet } from '../fan-out/recording.outlet.fixture.js';
import { GENEROUS } from '../fan-out/subscriber.fixture.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import { DocumentSource, type SnapshotReading } from '../snapshot/document.source.js';
import { SnapshotSender } from '../snapshot/snapshot.sender.js';
import { SnapshotPoint } from './snapshot.point.js';
import { SubscriptionDesk } from './subscription.desk.js';

const NS = 'shop.orders';
const settings = loadConsumerSettings({ MONGODB_URI: 'mongodb://localhost', RABBITMQ_URI: 'amqp://localhost' });
const files = new FileReloads();
const admin = new AdminAccess(new AccessSettings(settings.environment), files);
const access = new RealtimeAccess(admin, new GrantBook(admin, files, settings));

/** No documents, as they were at a second; while they are read, something else happens. */
class EmptyAt extends DocumentSource {
  constructor(
    private readonly second: number,
    private readonly meanwhile: () => void,
  ) {
    super();
  }

  override indexes = () => Promise.resolve([{ name: 'status_1', key: { status: 1 } }]);
  override count = () => Promise.resolve(0);
  override find = () => Promise.resolve(null);
  override read(): SnapshotReading {
    const next = (): Promise<readonly BsonDocument[]> => {
      this.meanwhile();
      return Promise.resolve([]);
    };
    return { next, at: new Timestamp({ t: this.second, i: 5 }), close: () => Promise.resolve() };
  }
}

/** A replica with one client. */
function aReplica(source: DocumentSource) {
  const feed = new MemoryFeed();
  const fanOut = new FanOut(feed, GENEROUS, new RealtimeCounters());
  const snapshots = new SnapshotSender(source, feed, GENEROUS);
  const desk = new SubscriptionDesk(feed, fanOut, access, snapshots, GENEROUS);
  const outlet = new RecordingOutlet();
  const connection = new RealtimeConnection(
    outlet,
    new Caller('operator', null),
    { bufferBytes: 1e6 },
    new RealtimeCounters(),
  );
  const subscribe = (asked: Subscription) => desk.follow(desk.open(connection, 's', asked), asked);
  return { feed, outlet, subscribe };
}

/** Where a client stands after each message that says so, and which changes it was told by then. */
function standsOf({ messages }: RecordingOutlet): { cursor: string; told: number[] }[] {
  const told: number[] = [];
  return messages.flatMap((message) => {
    if (message.type === 'event') told.push(Number(message.event.documentKey?.['_id']));
    return 'cursor' in message && message.cursor !== undefined ? { cursor: message.cursor, told: [...told] } : [];
  });
}

describe('after a snapshot', () => {
  // Two change streams, each in order, of which either may be far behind the other.
  const change = fc.record({ stream: fc.constantFrom('a', 'b'), seconds: fc.integer({ min: 0, max: 3 }) });
  const run = fc.record({
    changes: fc.array(change, { maxLength: 12 }),
    second: fc.integer({ min: 0, max: 20 }),
    before: fc.nat(12),
    meanwhile: fc.nat(12),
    cut: fc.nat(20),
    meanwhileCut: fc.nat(12),
  });

  it('every change behind its moment is told once, and none of before it, wherever the client is cut and comes back', async () => {
    await fc.assert(
      fc.asyncProperty(run, async ({ changes, second, before, meanwhile, cut, meanwhileCut }) => {
        const clock = { a: 0, b: 0 };
        const events = changes.map(({ stream, seconds }, _id) => {
          const t = (clock[stream] += seconds);
          const position = { clusterTime: new Timestamp({ t, i: _id }), generation: 0, ordinal: 0 };
          return new EventBuilder({ stream }).anInsert(NS, { _id }, { position });
        });
        const tell = (to: number) => events.slice(one.feed.count, to).forEach((event) => one.feed.tell(event));
        const one = aReplica(new EmptyAt(second, () => tell(before + meanwhile)));
        tell(before);
        await one.subscribe({ namespace: NS, snapshot: true });
        tell(before + meanwhile + meanwhileCut);
        const stands = standsOf(one.outlet);
        const { cursor, told } = stands[cut % stands.length] ?? { cursor: '', told: [] };
        expect(cursorSchema.safeParse(cursor).success).toBe(true);
        const other = aReplica(new EmptyAt(second, () => undefined));
        for (const event of events) other.feed.tell(event);
        await other.subscribe({ namespace: NS, from: cursor });
        const after = standsOf(other.outlet).at(-1)?.told ?? [];
        const moment = { t: second, i: 5 };
        const wanted = events.slice(Math.min(before, events.length)).filter(({ position: { clusterTime } }) => {
          return clusterTime.greaterThan(new Timestamp(moment));
        });
        expect([...told, ...after]).toEqual(wanted.map(({ documentKey }) => documentKey._id));
      }),
      { numRuns: modelRuns(400) },
    );
  });

  it('its cursor tells whoever asks for other documents or fields everything since, of which the snapshot had nothing', async () => {
    const one = aReplica(new EmptyAt(Math.floor(Date.UTC(2030, 0) / 1_000), () => undefined));
    await one.subscribe({ namespace: NS, where: { status: 'open' }, fields: ['status', 'total'], snapshot: true });
    const [{ cursor: from } = { cursor: '' }] = standsOf(one.outlet);
    const make = new EventBuilder(); // long before the snapshot
    const event = make.anInsert(NS, { _id: 1, status: 'open', place: 'here' });
    const tellings: readonly [Omit<Subscription, 'namespace'>, number][] = [
      [{ where: { status: 'open' }, fields: ['total', 'status'] }, 0],
      [{ where: { status: 'open' } }, 1],
      [{ where: { place: 'here' }, fields: ['status', 'total'] }, 1],
      [{}, 1],
    ];
    for (const [asked, times] of tellings) {
      const other = aReplica(new EmptyAt(0, () => undefined));
      other.feed.tell(event);
      await other.subscribe({ namespace: NS, ...asked, from });
      expect(other.outlet.of('event')).toHaveLength(times);
    }
  });

  it('a cursor without a point is read as ever', () => {
    expect(SnapshotPoint.in('c1.abc')).toEqual({ place: 'c1.abc', point: undefined });
  });
});
