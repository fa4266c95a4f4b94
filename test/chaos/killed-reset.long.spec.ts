import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  FENCE_COLLECTION,
  INBOX_COLLECTION,
  type GroupAudit,
  type GroupList,
  type GroupResetResult,
} from '@sluice/contracts';
import type { Db, Document } from 'mongodb';
import { expect, it, onTestFinished } from 'vitest';
import { RunningSystem } from '../harness/running.system.js';
import { KILLS, RequestKiller, TIMEOUT_MS } from './killed.request.js';

/** Each is a transaction. */
const EVENTS = 200;
const GROUP = '/api/v1/groups/default';
const headers = { 'content-type': 'application/json' };

/** One handler with `once`, which writes an effect for each call. */
async function aSystemWithEffects() {
  const system = await RunningSystem.prepare();
  const killsFile = join(system.folder, 'kills');
  writeFileSync(killsFile, Array.from({ length: EVENTS }, (_, _id) => `#${_id}\n`).join('')); // none of its own
  const effects = system.client.db(`${system.name}_effects`);
  onTestFinished(async () => {
    await effects.dropDatabase();
    await system.stop();
  });
  const env = {
    SLUICE_HANDLERS: fileURLToPath(new URL('../e2e/fixtures/once', import.meta.url)),
    KILLS_FILE: killsFile,
    EFFECTS_DB: effects.databaseName,
    MEMBER_ALIVE_MS: '3000',
  };
  await effects.createCollection('effects');
  const startConsumer = () => system.startConsumer(env);
  return {
    system,
    startConsumer,
    effects: effects.collection('effects'),
    state: system.client.db(`${system.name}_state`),
  };
}

/** What handlers with `once` have dealt with, to be put back as it was. */
async function memoryOf(state: Db) {
  const kept = new Map<string, Document[]>();
  for (const name of [INBOX_COLLECTION, FENCE_COLLECTION])
    kept.set(name, await state.collection(name).find().toArray());
  return {
    restore: async () => {
      for (const [name, documents] of kept) {
        await state.collection(name).deleteMany({});
        await state.collection(name).insertMany(documents);
      }
    },
  };
}

it(
  `${KILLS} kill -9 of the consumer while it resets: nothing is opened without its audit line, and another call finishes it`,
  async () => {
    const killer = new RequestKiller();
    const { system, startConsumer, effects, state } = await aSystemWithEffects();
    const from = new Date(Date.now() - 1_000).toISOString();
    await Promise.all([startConsumer().ready(), system.startProducer().ready()]);
    const documents = system.db.collection<{ _id: number }>('documents');
    await documents.insertMany(Array.from({ length: EVENTS }, (_, _id) => ({ _id })));
    await system.eventually(async () => (await effects.countDocuments()) === EVENTS);
    const memory = await memoryOf(state);

    const post = (path: string, body: object) =>
      system.consumer.get(`${GROUP}/${path}`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ by: 'ann', ...body }),
      });
    const reset = (reason: string) => post('reset', { stream: 'main', from, reason });
    const left = async () => {
      const { body } = await post('reset?dryRun=true', { stream: 'main', from, reason: 'a look' });
      const { inboxEntries, fences } = body as GroupResetResult;
      return { inboxEntries, fences };
    };
    const all = { inboxEntries: EVENTS, fences: EVENTS };
    const hasPaused = async () =>
      ((await system.consumer.get('/api/v1/groups')).body as GroupList).groups[0]?.consuming === 'paused';
    await post('pause', { reason: 'a reset' });
    await system.eventually(hasPaused);
    expect(await left()).toEqual(all);

    const outcomes = { untouched: 0, half: 0, whole: 0 };
    for (let kill = 0; kill < KILLS; kill++) {
      await memory.restore();
      const reason = `kill ${kill}`;
      const status = await killer.killDuring(system.consumer, () => reset(reason));
      startConsumer();
      await system.eventually(hasPaused);
      const { body } = await system.consumer.get(`${GROUP}/history`);
      const isAudited = (body as GroupAudit).changes.some((line) => line.request === 'reset' && line.reason === reason);
      const now = await left();
      if (!isAudited) expect(now, 'nothing without a line').toEqual(all);
      if (status === 200) expect(now).toEqual({ inboxEntries: 0, fences: 0 });
      outcomes[
        now.fences === EVENTS && now.inboxEntries === EVENTS ? 'untouched' : now.fences > 0 ? 'half' : 'whole'
      ] += 1;
      const again = await system.eventually(async () => {
        const answer = await reset(`${reason}, again`);
        return answer.status === 200 && (answer.body as GroupResetResult);
      });
      expect({ inboxEntries: again.inboxEntries, fences: again.fences }, 'what was left').toEqual(now);
      expect(await left()).toEqual({ inboxEntries: 0, fences: 0 });
    }
    console.log(outcomes);

    await system.producer.get('/api/v1/streams/main/pause', { method: 'POST' });
    const rewind = { to: from, by: 'ann', reason: 'all again' };
    const put = { method: 'PUT', headers: { ...headers, 'if-match': '*' }, body: JSON.stringify(rewind) };
    expect((await system.producer.get('/api/v1/streams/main/position', put)).status).toBe(200);
    await system.producer.get('/api/v1/streams/main/resume', { method: 'POST' });
    await post('resume', { reason: 'all again' });
    await system.eventually(async () => (await effects.countDocuments()) === 2 * EVENTS);
    const twice = await effects.aggregate([{ $group: { _id: '$event', calls: { $sum: 1 } } }]).toArray();
    expect(twice.filter(({ calls }) => calls !== 2)).toEqual([]);
  },
  TIMEOUT_MS,
);
