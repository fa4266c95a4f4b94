import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { GroupStatus } from '@sluice/contracts';
import { MirrorProjection } from '@sluice/handlers';
import type { Collection } from 'mongodb';
import { expect, it, onTestFinished } from 'vitest';
import type { AppProcess } from '../harness/app.process.js';
import { RunningSystem } from '../harness/running.system.js';
import { VersionWatch, type Versioned } from '../harness/version.watch.js';

const PARTITIONS = 4;
const DOCUMENTS = 25;
const PATIENCE = { timeoutMs: 120_000 };

async function ownPartitions(app: AppProcess): Promise<readonly number[]> {
  const { body } = await app.get('/api/v1/groups');
  return (body as { groups: [GroupStatus] }).groups[0].ownPartitions;
}

/** Every kind of change, round after round; a document's version only ever grows, over deletes too. */
async function change(source: Collection<Versioned>, rounds: number, from: number): Promise<void> {
  for (let version = from; version < from + rounds; version++) {
    for (let _id = 0; _id < DOCUMENTS; _id++) {
      const kind = (version + _id) % 4;
      if (kind === 0) await source.deleteOne({ _id });
      else if (kind === 1) await source.replaceOne({ _id }, { version }, { upsert: true });
      else await source.updateOne({ _id }, { $set: { version, [`f${kind}`]: version } }, { upsert: true });
    }
  }
}

/** Two replicas that share the partitions, and have a mirror of `orders` and a handler of its drop. */
async function twoReplicas() {
  const system = await RunningSystem.prepare({
    stream: { fullDocument: 'updateLookup' },
    consumerEnv: { PARTITIONS: String(PARTITIONS), MEMBER_ALIVE_MS: '5000' },
  });
  onTestFinished(() => system.stop());
  const copies = system.client.db(`${system.name}_copies`);
  onTestFinished(() => void copies.dropDatabase());
  const notes = join(system.folder, 'drops');
  writeFileSync(notes, '');
  const env = {
    SLUICE_HANDLERS: fileURLToPath(new URL('./fixtures/mirror', import.meta.url)),
    MIRROR_FROM: `${system.database}.orders`,
    MIRROR_DB: copies.databaseName,
    NOTES_FILE: notes,
  };
  const lost = await system.startConsumer(env).ready();
  await system.startProducer().ready();
  const other = await system.startConsumer(env).ready();
  await system.eventually(async () => {
    const shares = await Promise.all([ownPartitions(lost), ownPartitions(other)]);
    return shares.every(({ length }) => length === PARTITIONS / 2);
  }, PATIENCE);
  const drops = () => readFileSync(notes, 'utf8').trim().split('\n');
  return { system, lost, other, drops, copy: copies.collection<Versioned>('orders') };
}

it('kill -9 of one of two replicas, and a drop: the mirror is equal, no document went back, the drop is handled once', async () => {
  const { system, lost, other, drops, copy } = await twoReplicas();
  const source = system.db.collection<Versioned>('orders');
  class Copy extends MirrorProjection.of({ from: `${system.database}.orders` }) {}
  const mirror = new Copy(() => copy as unknown as Collection); // of documents of any shape
  const watch = new VersionWatch(copy);
  const before = change(source, 8, 1);
  await system.eventually(() => copy.countDocuments({ version: { $gte: 2 } }), PATIENCE);
  await lost.kill();
  await before;
  await source.drop(); // its barrier waits for the partitions of the one that is gone
  await change(source, 8, 9);
  await system.eventually(async () => {
    const { isEqual, documents } = await mirror.equalsSource(source as unknown as Collection);
    return isEqual && documents > 0;
  }, PATIENCE);
  await watch.stop();
  expect(watch.looks).toBeGreaterThan(0);
  expect(watch.wentBack).toEqual([]);
  expect(drops()).toEqual([expect.stringMatching(new RegExp(` ${other.pid}$`))]);
  expect(await ownPartitions(other)).toHaveLength(PARTITIONS);
});
