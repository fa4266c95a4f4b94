import type { GroupAudit, GroupList, GroupRegisterResult, OtherGroup } from '@sluice/contracts';
import { OnReplace } from '@sluice/handlers';
import { aReplace, EventBuilder, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

const OLD = '/api/v1/groups/old';
const STOCK = '/api/v1/groups/stock';
const WHO = 'by=ann&reason=not%20used';
const refused = { status: 409, body: { code: 'SLUICE-GROUP-CHANGE-REFUSED' } };

class ParkingHandler {
  @OnReplace('shop.orders', { retry: { attempts: 9, initialDelayMs: 900_000, maxDelayMs: 900_000, parkAfterMs: 0 } })
  replaced(): void {
    throw new Error('not yet');
  }
}

describe('the register of groups', () => {
  let system: ConsumerSystem;
  let mirror: TestConsumer;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
    mirror = await system.consumer({ env: { MEMBER_ALIVE_MS: '3000' } });
  });
  afterEach(async () => {
    const { names } = system.broker;
    for (const queue of [0, 1].map((index) => names.partitionQueue('old', 1, index)))
      await system.broker.deleteQueue(queue);
    for (const queue of [names.deadLetterQueue('old'), stockQueue()]) await system.broker.deleteQueue(queue);
    await system.close();
  });

  const stockQueue = () => `${system.broker.names.exchange}.stock`;
  /** Collections of the state database in which anything tells of the group. */
  const collectionsWithOld = () =>
    system.withState(async (state) => {
      const found: string[] = [];
      for (const { name } of await state.listCollections({}, { nameOnly: true }).toArray()) {
        const documents = await state.collection(name).find({}).toArray();
        if (documents.some((document) => /"old"|group\.old\./.test(JSON.stringify(document)))) found.push(name);
      }
      return found.sort();
    });
  const depthOfOld = async () => {
    const { names } = system.broker;
    const depths = [0, 1].map((index) => system.broker.depth(names.partitionQueue('old', 1, index)));
    return (await Promise.all(depths)).reduce((sum, depth) => sum + depth);
  };
  const other = async (name: string): Promise<OtherGroup | undefined> => {
    const { body } = (await mirror.get('/api/v1/groups')) as { body: GroupList };
    return body.others?.find((group) => group.name === name);
  };
  const requests = async (path: string) => {
    const { body } = (await mirror.get(`${path}/history`)) as { body: GroupAudit };
    return body.changes.map(({ request, by, after }) => `${request} by ${by ?? 'nobody'}: ${after.state}`);
  };
  const old = (handler: RecordingHandler) =>
    system.consumer({ handlers: [handler], env: { CONSUMER_GROUP: 'old', MEMBER_ALIVE_MS: '3000' } });
  const anOrder = (version: number) => aReplace('shop.orders', { _id: 1, version });

  it('takes a foreign group, whose queues are there, retires it and takes it again; each change is audited', async () => {
    const wish = { queues: [stockQueue()], patterns: ['insert.shop.#'], by: 'ann', reason: 'the warehouse' };
    expect(await mirror.put(STOCK, wish)).toMatchObject(refused); // no such queue: every stream would hold
    await system.broker.declareQueue(stockQueue(), { durable: true });
    const shown = { status: 200, body: { isApplied: false, revision: 0, queues: [{ name: stockQueue() }] } };
    expect(await mirror.put(`${STOCK}?dryRun=true`, wish)).toMatchObject(shown);
    expect(await other('stock')).toBeUndefined();

    expect(await mirror.put(STOCK, wish)).toMatchObject({ status: 200, body: { isApplied: true, revision: 1 } });
    expect(await other('stock')).toMatchObject({ kind: 'foreign', state: 'bound', queues: [stockQueue()], members: 0 });
    expect(await mirror.put(STOCK, { ...wish, revision: 7 })).toMatchObject(refused);
    expect(await mirror.delete(`${STOCK}?${WHO}&queues=delete`)).toMatchObject(refused); // not ours
    expect(await mirror.delete(`${STOCK}?${WHO}&revision=1`)).toMatchObject({
      status: 200,
      body: { state: 'retired' },
    });
    expect(await other('stock')).toMatchObject({ state: 'retired', revision: 2 });
    expect(await system.broker.hasQueue(stockQueue())).toBe(true);
    expect(await mirror.put(STOCK, { ...wish, revision: 2 })).toMatchObject({ status: 200, body: { state: 'bound' } });
    expect(await requests(STOCK)).toEqual([
      'register by ann: bound',
      'retire by ann: retired',
      'register by ann: bound',
    ]);
    await system.withState((state) => state.collection<{ _id: string }>('groups').deleteOne({ _id: 'stock' }));
    expect(await requests(STOCK), 'also without a registration').toHaveLength(3);
    expect(await mirror.get('/api/v1/groups/stok/history')).toMatchObject({
      status: 404,
      body: { code: 'SLUICE-GROUP-NOT-FOUND' },
    });
  });

  it('keeps the kinds apart', async () => {
    await system.broker.declareQueue(stockQueue(), { durable: true });
    const wish = { queues: [stockQueue()], patterns: ['insert.#'], by: 'ann', reason: 'stock' };
    expect(await mirror.put('/api/v1/groups/mirror', wish)).toMatchObject(refused);
    await mirror.put(STOCK, wish);
    const ours = await system.consumer({ env: { CONSUMER_GROUP: 'stock' }, untilRunning: false });
    const reason = async () => (await ours.ready()).body.details['group']?.reason ?? '';
    await eventually(async () => (await reason()).includes('SLUICE-GROUP-FOREIGN'));
    expect(await other('stock')).toMatchObject({ kind: 'foreign', state: 'bound' });
  });

  it.each([
    ['nobody asks', { queues: ['a'], patterns: ['insert.#'], reason: 'b' }, 'by: '],
    [
      'a pattern with a bucket',
      { queues: ['a'], patterns: ['insert.x', '07.insert.x'], by: 'a', reason: 'b' },
      'patterns[1]',
    ],
    ['no queues', { queues: [], patterns: ['insert.#'], by: 'a', reason: 'b' }, 'queues'],
  ])('says what is wrong with a foreign group: %s', async (_, body, named) => {
    const answer = await mirror.put(STOCK, body);
    expect(answer).toMatchObject({ status: 400, body: { code: 'SLUICE-REQUEST-INVALID' } });
    expect((answer.body as { detail: string }).detail).toContain(named);
  });

  it('says what is wrong with the name of a foreign group', async () => {
    const wish = { queues: ['a'], patterns: ['insert.#'], by: 'a', reason: 'b' };
    const answer = await mirror.put('/api/v1/groups/the%20stock', wish);
    expect(answer).toMatchObject({ status: 400, body: { errors: [{ field: 'name', found: '"the stock"' }] } });
  });

  it('retires an own group once it is gone; what it had is there when it comes back', async () => {
    const before = new RecordingHandler();
    const running = await old(before);
    await system.broker.publish(anOrder(1));
    await eventually(() => before.handled.length === 1);
    expect(await mirror.delete(`${OLD}?${WHO}`)).toMatchObject(refused); // its member is alive
    await running.stop();
    await system.broker.publish(anOrder(2));
    expect(await mirror.delete(`${OLD}?${WHO}&queues=delete`)).toMatchObject(refused); // one holds an event
    expect(await mirror.delete(`${OLD}?${WHO}&dryRun=true`)).toMatchObject({ body: { isApplied: false } });
    expect(await other('old')).toMatchObject({ state: 'bound', members: 0 });

    expect(await mirror.delete(`${OLD}?${WHO}`)).toMatchObject({ status: 200, body: { state: 'retired' } });
    await expect(system.broker.publish(anOrder(3))).resolves.toBeUndefined();
    expect(await depthOfOld()).toBe(1);

    const after = new RecordingHandler();
    const again = await old(after);
    await system.broker.publish(anOrder(4));
    await eventually(() => after.handled.length === 2);
    expect((await again.group()).state).toBe('bound');
    await again.stop();
    const deleted = { status: 200, body: { queues: [{ isDeleted: true }, { isDeleted: true }, { isDeleted: true }] } };
    expect(await mirror.delete(`${OLD}?${WHO}&queues=delete`)).toMatchObject(deleted);
    expect(await system.broker.hasQueue(system.broker.names.partitionQueue('old', 1, 0))).toBe(false);
    expect(await mirror.delete(`${OLD}?${WHO}&queues=delete`)).toMatchObject({ status: 200, body: { queues: [] } });
    expect(await collectionsWithOld()).toEqual(['groupChanges', 'groups']);
    expect(await mirror.delete(`/api/v1/groups/nobody?${WHO}`)).toMatchObject({ status: 404 });
    expect(await mirror.delete(OLD)).toMatchObject({ status: 400 });
  });

  it('discards what is left of a group with its queues and all its records, and says so before', async () => {
    const failing = new RecordingHandler(() => {
      throw new Error('not yet');
    });
    const running = await system.consumer({
      handlers: [failing, new ParkingHandler()],
      env: { CONSUMER_GROUP: 'old', MEMBER_ALIVE_MS: '3000' },
    });
    await system.broker.publish(anOrder(1), new EventBuilder().aDrop('shop.orders'));
    await eventually(async () => {
      const { parked, deadLetters } = await running.group();
      return parked === 1 && deadLetters.messages === 1;
    });
    await running.stop();
    const before = await collectionsWithOld();
    expect(before).toEqual(expect.arrayContaining(['barriers', 'parked-events', 'parked-owners', 'partitionQueues'])); // prettier-ignore
    const full = await mirror.delete(`${OLD}?${WHO}&queues=delete`);
    expect(full).toMatchObject(refused);
    expect((full.body as { detail: string }).detail).toContain('1 events are parked');
    const shown = await mirror.delete(`${OLD}?${WHO}&queues=discard&dryRun=true`);
    const { records } = shown.body as GroupRegisterResult;
    expect([...records.map(({ collection }) => collection), 'groups'].sort()).toEqual(before);
    expect(await collectionsWithOld()).toEqual(before);

    expect(await mirror.delete(`${OLD}?${WHO}&queues=discard`)).toMatchObject({ status: 200, body: { records } });
    expect(await collectionsWithOld()).toEqual(['groups']);
    expect(await requests(OLD)).toEqual(['retire and discard queues by ann: retired']);
    const again = await old(new RecordingHandler());
    const { lostQueues, state, deadLetters } = await again.group();
    expect({ lostQueues, state, deadLetters }).toMatchObject({ lostQueues: [], state: 'bound', deadLetters: { messages: 0 } }); // prettier-ignore
  });

  it('has a member again that wakes to find its group retired', async () => {
    await system.withState((state) =>
      state
        .collection<{ _id: string }>('groups')
        .updateOne({ _id: 'mirror' }, { $set: { state: 'retired', members: [] }, $inc: { revision: 1 } }),
    );
    await eventually(async () => {
      const group = await mirror.group();
      return group.state === 'bound' && group.members.length === 1 && group.revision > 3;
    });
    expect((await mirror.group()).consuming).toBe('running');
  });
});
