import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { RunningSystem } from '../harness/running.system.js';

const INSERTS = 60;
const KILLS = 2; // the fixture's: documents 0 and 40

it('kill -9 of the consumer between the commit and the acknowledgement: every effect once', async () => {
  const system = await RunningSystem.prepare();
  onTestFinished(() => system.stop());
  const killsFile = join(system.folder, 'kills');
  writeFileSync(killsFile, '');
  const effectsDb = system.client.db(`${system.name}_effects`);
  await effectsDb.createCollection('effects');
  onTestFinished(async () => void (await effectsDb.dropDatabase()));
  const env = {
    SLUICE_HANDLERS: fileURLToPath(new URL('fixtures/once', import.meta.url)),
    EFFECTS_DB: effectsDb.databaseName,
    KILLS_FILE: killsFile,
    MEMBER_ALIVE_MS: '3000', // a replica that was killed keeps its partitions so long
    // Nothing else is in the midst of a transaction at the kill: the server keeps those of the dead for a minute
    // (transactionLifetimeLimitSeconds), and what they hold with them.
    PARTITIONS: '1',
    CONCURRENCY: '1',
  };
  system.startConsumer(env);
  system.startProducer();
  await Promise.all([system.consumer.ready(), system.producer.ready()]);

  const documents = Array.from({ length: INSERTS }, (_, _id) => ({ _id: _id as never })); // numbers, to the fixture
  await system.db.collection('documents').insertMany(documents);
  await system.eventually(async () => {
    if (system.consumer.hasExited) system.startConsumer(env);
    return (await effectsDb.collection('effects').distinct('document')).length === INSERTS;
  });
  // The last kill may come after the last effect, and its event once more after that.
  await system.eventually(async () => {
    if (system.consumer.hasExited) system.startConsumer(env);
    const kills = readFileSync(killsFile, 'utf8').split('\n').length - 1;
    return kills === KILLS && !system.consumer.hasExited && (await queuesAreEmpty(system));
  });
  expect(await effectsDb.collection('effects').countDocuments()).toBe(INSERTS);
});

async function queuesAreEmpty(system: RunningSystem): Promise<boolean> {
  const { status, body } = await system.consumer.get('/api/v1/groups');
  if (status !== 200) return false;
  const { groups } = body as { groups: [{ consuming: string; queues: { messages: number }[] }] };
  const [{ consuming, queues }] = groups;
  return consuming === 'running' && queues.length > 0 && queues.every(({ messages }) => messages === 0);
}
