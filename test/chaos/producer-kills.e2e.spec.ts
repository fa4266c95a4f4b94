import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@sluice/testing';
import { connect, type GetMessage } from 'amqplib';
import { expect, it, onTestFinished } from 'vitest';
import { RawChangeCursor } from '../../apps/cdc-producer/src/change-stream/raw-change.cursor.js';
import { RunningSystem } from '../harness/running.system.js';
import { ChaoticWriter } from './chaotic.writer.js';
import { committedChanges } from './committed.changes.js';
import { Random } from './random.js';

/** `npm run test:chaos` raises it; `CHAOS_SEED` repeats a run. */
const KILLS = Number(process.env['CHAOS_KILLS'] ?? 20);
const SEED = Number(process.env['CHAOS_SEED'] ?? Math.floor(Math.random() * 2 ** 32));
const WINDOW = 200;

it(
  `${KILLS} kill -9 of the producer at random moments: every committed change is in the queue, in order per document`,
  async () => {
    const random = new Random(SEED);
    const system = await RunningSystem.prepare({ stream: { windowSize: WINDOW } });
    onTestFinished(() => system.stop());
    const broker = await connect(system.servers.rabbitmq);
    onTestFinished(() => broker.close());
    const channel = await broker.createChannel();
    const queue = `${system.name}.all`;
    await channel.assertExchange(system.exchange, 'topic', { durable: true });
    await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
    await channel.bindQueue(queue, system.exchange, '#');

    await system.startProducer().ready();
    const beginning = await presentToken(system);
    const writer = new ChaoticWriter(system.client, system.db, new Random(random.seed + 1));
    for (let kill = 0; kill < KILLS; kill++) {
      // Sometimes while it starts, mostly under way: the moment of the fault is what is random here.
      await sleep(random.below(4) === 0 ? random.below(300) : 600 + random.below(900));
      await system.producer.kill();
      system.startProducer();
    }
    await writer.stop();
    await system.producer.ready();
    const committed = await committedChanges(system.client, system.db, beginning);

    const messages: GetMessage[] = [];
    await eventually(async () => {
      for (
        let got = await channel.get(queue, { noAck: true });
        got !== false;
        got = await channel.get(queue, { noAck: true })
      ) {
        messages.push(got);
      }
      return new Set(messages.map(idOf)).size >= committed.length;
    });
    const published = [...new Set(messages.map(idOf))];
    expect(new Set(published)).toEqual(new Set(committed.map(({ id }) => id)));
    const documentOf = new Map(committed.map(({ id, document }) => [id, document]));
    const perDocument = (ids: readonly string[]) => {
      const order: Record<string, string[]> = {};
      for (const id of ids) (order[documentOf.get(id) ?? ''] ??= []).push(id);
      return order;
    };
    expect(perDocument(published)).toEqual(perDocument(committed.map(({ id }) => id)));
    const duplicates = messages.length - published.length;
    expect(duplicates).toBeLessThanOrEqual(WINDOW * KILLS);
    console.log(`${committed.length} changes committed, ${duplicates} published more than once`);
    await channel.deleteQueue(queue);
  },
  120_000 + KILLS * 5_000,
);

const idOf = ({ properties }: GetMessage) => String(properties.messageId);

async function presentToken(system: RunningSystem): Promise<object> {
  const cursor = new RawChangeCursor(system.client, { database: system.database }, [{ $changeStream: {} }], {
    batchSize: 1,
    maxAwaitTimeMs: 50,
  });
  const { postBatchResumeToken } = await cursor.open();
  await cursor.close();
  if (postBatchResumeToken === undefined) throw new Error('the server gave no token');
  return postBatchResumeToken;
}
