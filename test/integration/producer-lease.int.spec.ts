import { ConfirmedRmqClient } from '@sluice/messaging';
import { eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointStore } from '../../apps/cdc-producer/src/checkpoint/checkpoint.js';
import { streamsFileSchema } from '../../apps/cdc-producer/src/config/streams-file.schema.js';
import { GroupDirectory } from '../../apps/cdc-producer/src/group/group.directory.js';
import { HeldLease } from '../../apps/cdc-producer/src/lease/held.lease.js';
import { LeasedPublishGate } from '../../apps/cdc-producer/src/lease/leased-publish.gate.js';
import type { ChangeMessage } from '../../apps/cdc-producer/src/publish/change-message.js';
import type { Parking } from '../../apps/cdc-producer/src/publish/event.parking.js';
import { PublishGate } from '../../apps/cdc-producer/src/publish/publish.gate.js';
import { StreamPublisher, type PublisherListener } from '../../apps/cdc-producer/src/publish/stream.publisher.js';
import { LeaseStore } from '../../apps/cdc-producer/src/lease/lease.js';
import { InProcessProducer, keysOf } from '../harness/in-process.producer.js';
import { testServers } from '../harness/test-servers.js';
import { FaultProxy } from '../harness/fault.proxy.js';

let first: InProcessProducer;
let second: InProcessProducer;
let queue: string;
beforeEach(async () => {
  first = await InProcessProducer.prepare();
  second = first.beside();
  queue = await first.bindQueue();
});
afterEach(async () => {
  await second.stopApp();
  await first.stop(['all']);
});

const documents = (from: number, count: number) => Array.from({ length: count }, (_, index) => ({ _id: from + index }));
const collection = () => first.db.collection<{ _id: number }>('documents');
const published = async (events: number) => eventually(async () => (await first.messageCount(queue)) >= events);

describe('two producers with the same stream', () => {
  it('one publishes and the other waits; when the first stops, the second has it long before the lease time is over', async () => {
    await first.start({}, { LEASE_MS: 600_000 });
    await first.running();
    await second.start({}, { LEASE_MS: 600_000 });
    await eventually(() => second.status.state === 'waiting');
    const { holder, leaseUntil } = first.status;
    expect(second.status).toMatchObject({ holder, leaseUntil, reason: `held by ${holder} until ${leaseUntil}` });
    await collection().insertMany(documents(0, 10));
    await published(10);
    expect(second.status.counters.captured).toBe(0);

    await first.stopApp();
    await collection().insertMany(documents(10, 10));
    await second.running();
    await published(20);
    const messages = await first.take(queue);
    expect(keysOf(messages)).toEqual(documents(0, 20).map(({ _id }) => _id));
    expect(messages.map(({ properties }) => properties.headers?.['x-sluice-epoch'] as unknown)).toEqual([
      ...Array<number>(10).fill(1),
      ...Array<number>(10).fill(2),
    ]);
  });

  it('one that MongoDB no longer hears gives the stream up, the other has it within twice the lease time', async () => {
    const leaseMs = 3_000;
    const gate = await FaultProxy.before(testServers().mongodb, 27017);
    const cutOff = first.beside({ mongodb: gate.uri });
    try {
      await cutOff.start({}, { LEASE_MS: leaseMs });
      await cutOff.running();
      await second.start({}, { LEASE_MS: leaseMs });
      await eventually(() => second.status.state === 'waiting');
      await collection().insertMany(documents(0, 10));
      await published(10);

      const cutAt = performance.now();
      gate.shut();
      await collection().insertMany(documents(10, 10));
      await second.running();
      const tookMs = Math.round(performance.now() - cutAt);
      console.log(`taken over ${tookMs} ms after the cut, with a lease of ${leaseMs} ms`);
      await eventually(() => cutOff.status.lastError?.code === 'SLUICE-LEASE-LAPSED');
      await published(20);
      expect([...new Set(keysOf(await first.take(queue)))]).toEqual(documents(0, 20).map(({ _id }) => _id));

      gate.open();
      await eventually(() => cutOff.status.state === 'waiting');
      expect(cutOff.status.holder).toBe(second.status.holder);
    } finally {
      gate.open();
      await cutOff.stopApp();
      await gate.close();
    }
  });
});

describe("a stream's lease", () => {
  const seeker = (id: string) => ({ id, process: null });
  const save = (epoch: number) =>
    first.part(CheckpointStore).save('lone', epoch, {
      last: null,
      readTo: { token: { _data: `of epoch ${epoch}` }, time: null },
      generation: 0,
      pipelineHash: '',
      serial: 1,
    });

  beforeEach(async () => {
    await first.start();
    await first.running();
  });

  it('is taken by exactly one of several that saw it free at the same time', async () => {
    const leases = first.part(LeaseStore);
    const seen = await Promise.all(['a', 'b', 'c'].map(() => leases.look('lone')));
    const granted = await Promise.all(seen.map((each, index) => leases.take(each, seeker(`p${index}`), 5_000)));
    expect(granted.filter((each) => each !== undefined)).toHaveLength(1);
  });

  it('brings the checkpoint with it, and from then on its former holder can neither save nor renew nor release', async () => {
    const leases = first.part(LeaseStore);
    const before = await leases.take(await leases.look('lone'), seeker('before'), 1);
    expect(before?.taken).toMatchObject({ epoch: 1, checkpoint: null });
    expect(await save(1)).toBe('saved');
    const after = await leases.take(await leases.look('lone'), seeker('after'), 60_000);
    expect(after?.taken).toMatchObject({ epoch: 2, checkpoint: { readTo: { token: { _data: 'of epoch 1' } } } });

    expect(await save(1)).toBe('fenced');
    expect(await leases.renew('lone', 1, 'before', 60_000)).toBeUndefined();
    await leases.release('lone', 1, 'before');
    expect(await leases.read('lone')).toMatchObject({ holder: 'after', epoch: 2, until: after?.terms.until });
  });

  it('is not taken by one whose look at it is older than a renewal', async () => {
    const leases = first.part(LeaseStore);
    await leases.take(await leases.look('lone'), seeker('holder'), 1);
    const seen = await leases.look('lone');
    const until = await leases.renew('lone', 1, 'holder', 60_000);
    expect(until?.getTime()).toBeGreaterThan(seen.seenAt.getTime() + 50_000);
    expect(await leases.take(seen, seeker('late'), 60_000)).toBeUndefined();
  });
});

it('a publisher whose lease is over by its own clock starts no publish, before any timer has run', async () => {
  await first.start();
  await first.running();
  let nowMs = 0;
  const untilAborted = (signal: AbortSignal) =>
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  const lease = new HeldLease(
    'lone',
    {
      store: first.part(LeaseStore),
      leaseMs: 1_000,
      isAssigned: () => true,
      clock: { now: () => nowMs, sleep: (_ms, signal) => untilAborted(signal) },
    },
    {
      taken: { epoch: 1, generation: 0, pipelineHash: null, checkpoint: null, savedAt: null },
      terms: { holder: 'me', until: new Date() },
      restarts: 0,
    },
    0,
  );
  const [stream] = streamsFileSchema.parse({ streams: [{ name: 'lone', scope: { database: 'lone' } }] }).streams;
  if (stream === undefined) throw new Error('no stream');
  const publisher = new StreamPublisher<number>(
    first.part(ConfirmedRmqClient),
    first.part(GroupDirectory),
    new LeasedPublishGate(first.part(PublishGate), lease),
    nothingParked,
    stream,
    first.exchange,
    nobodyListens,
  );
  const stopping = new AbortController();
  const running = publisher.run(stopping.signal);
  try {
    const publish = (id: number) => publisher.publish(messageOf(id), id, stopping.signal);
    await publish(1);
    await published(1);
    await eventually(() => publisher.inFlight.events === 0);
    nowMs = 999;
    await publish(2);
    expect(publisher.inFlight.events).toBe(1); // sent at once
    await published(2);
    await eventually(() => publisher.inFlight.events === 0);
    nowMs = 1_000;
    await publish(3);
    expect(publisher.inFlight.events).toBe(0);
  } finally {
    stopping.abort();
    await running;
    await lease.release();
  }
  expect((await first.take(queue)).map(({ properties }) => properties.messageId as unknown)).toEqual(['1', '2']);
});

const nothingParked: Parking = {
  load: () => Promise.resolve(),
  mustPark: () => false,
  begin: () => undefined,
  take: () => undefined,
};

const nobodyListens: PublisherListener<number> = {
  published: () => undefined,
  confirmed: () => undefined,
  watermark: () => undefined,
  standing: () => undefined,
  returned: () => undefined,
  skipped: () => undefined,
  resent: () => undefined,
};

function messageOf(id: number): ChangeMessage {
  return {
    id: String(id),
    pattern: 'insert.lone.documents',
    operation: 'insert',
    position: '',
    document: null,
    exchange: first.exchange,
    routingKey: '00.insert.lone.documents',
    body: Buffer.from('{}'),
    properties: { messageId: String(id), mandatory: true, persistent: true },
  };
}

it('four streams spread over two producers as these come and go, and no event is lost on the way', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const streams = names.map((name) => ({ name, scope: { database: first.database, collection: name } }));
  const running = (producer: InProcessProducer) =>
    producer.service.list().filter(({ state }) => state === 'running').length;
  const insert = async (_id: number) => {
    for (const name of names) await first.db.collection<{ _id: number }>(name).insertOne({ _id });
  };
  await first.startStreams(streams, { LEASE_MS: 1_500 });
  await eventually(() => running(first) === 4);
  await insert(1);
  await second.startStreams(streams, { LEASE_MS: 1_500 });
  await insert(2);
  await eventually(() => running(first) === 2 && running(second) === 2);
  await insert(3);
  await second.stopApp();
  await insert(4);
  await eventually(() => running(first) === 4);
  await insert(5);
  await published(20);
  const messages = await first.take(queue);
  const keys = keysOf(messages);
  const seen = new Set(
    messages.map(({ fields }, index) => `${fields.routingKey.split('.').at(-1)} ${String(keys[index])}`),
  );
  expect([...seen].sort()).toEqual(names.flatMap((name) => [1, 2, 3, 4, 5].map((id) => `${name} ${id}`)));
});
