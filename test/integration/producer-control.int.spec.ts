import { eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LeaseStore } from '../../apps/cdc-producer/src/lease/lease.js';
import { ControlStore } from '../../apps/cdc-producer/src/streams/stream-control.js';
import { InProcessProducer, keysOf } from '../harness/in-process.producer.js';

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

const collection = () => first.db.collection<{ _id: number }>('documents');
const documents = (from: number, count: number) => Array.from({ length: count }, (_, index) => ({ _id: from + index }));
const published = (events: number) => eventually(async () => (await first.messageCount(queue)) >= events);
const isPaused = ({ status }: InProcessProducer) => status.state === 'paused' && status.holder === null;

/** Another reader sees what was written: by then a stream that was not paused would have it too. */
async function seenByAnother(write: () => Promise<unknown>): Promise<void> {
  const other = first.db.watch([], { maxAwaitTimeMS: 50 });
  expect(await other.tryNext()).toBeNull(); // opens it
  await write();
  await other.next();
  await other.close();
}

async function bothStarted(): Promise<void> {
  await first.start();
  await first.running();
  await second.start();
  await eventually(() => second.status.state === 'waiting');
}

describe('a paused stream', () => {
  it('is paused on all producers, whichever was asked: its holder lets go, and says who paused it and why', async () => {
    await bothStarted();
    const paused = await second.service.pause('main', { by: 'ann', reason: 'a move of servers' });
    expect(paused).toMatchObject({
      state: 'paused',
      holder: null,
      reason: expect.stringMatching(/^paused by ann since .*: a move of servers$/) as string,
    });
    await eventually(() => isPaused(first));
    expect(first.status).toMatchObject({ reason: paused.reason, inFlight: { events: 0 } });
    await seenByAnother(() => collection().insertMany(documents(0, 3)));
    expect(await first.messageCount(queue)).toBe(0);

    await second.service.resume('main');
    await published(3);
    expect(keysOf(await first.take(queue))).toEqual([0, 1, 2]);
  });

  it('stays paused when its producers stop and start anew, and goes on from where it stood', async () => {
    await bothStarted();
    await collection().insertMany(documents(0, 2));
    await published(2);
    await first.service.pause('main');
    await first.stopApp();
    await seenByAnother(() => collection().insertMany(documents(2, 2)));
    await eventually(() => isPaused(second));
    await second.stopApp();
    await first.start();
    await eventually(() => isPaused(first));
    expect(await first.messageCount(queue)).toBe(2);

    await first.service.resume('main');
    await published(4);
    expect(keysOf(await first.take(queue))).toEqual([0, 1, 2, 3]);
  });

  it('is taken by nobody, also where it is paused before it was ever taken, or since somebody saw it free', async () => {
    await first.start();
    await first.running();
    const [control, leases] = [first.part(ControlStore), first.part(LeaseStore)];
    const seeker = { id: 'p1', process: null };
    await control.pause('lone', { by: null, reason: null });
    expect((await leases.look('lone')).isPaused).toBe(true);
    await control.resume('lone');
    const seen = await leases.look('lone');
    await control.pause('lone', { by: null, reason: null });
    expect(await leases.take(seen, seeker, 5_000)).toBeUndefined();
    await control.resume('lone');
    expect(await leases.take(seen, seeker, 5_000)).toMatchObject({ taken: { epoch: 1 } });
  });

  it('keeps the first pause, and is not restarted', async () => {
    await first.start();
    await first.running();
    await first.service.pause('main', { by: 'ann', reason: null });
    expect((await first.service.pause('main', { by: 'bob', reason: null })).reason).toMatch(/by ann/);
    await expect(first.service.restart('main')).rejects.toMatchObject({ code: 'SLUICE-STREAM-PAUSED' });
  });
});

it('a restarted stream stops in good order and is taken again, on whichever producer it runs', async () => {
  await bothStarted();
  await collection().insertMany(documents(0, 5));
  await published(5);
  const before = first.status.epoch;
  await second.service.restart('main');
  const isTakenAgain = ({ status }: InProcessProducer) => status.epoch > before && status.state === 'running';
  await eventually(() => isTakenAgain(first) || isTakenAgain(second)); // whoever is first
  await collection().insertMany(documents(5, 5));
  await published(10);
  expect(keysOf(await first.take(queue))).toEqual(documents(0, 10).map(({ _id }) => _id));
});
