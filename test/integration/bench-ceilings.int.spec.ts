import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connect, type Channel, type ConsumeMessage } from 'amqplib';
import { eventually } from '@sluice/testing';
import { BSON, MongoClient, type Timestamp } from 'mongodb';
import { describe, expect, it, onTestFinished } from 'vitest';
import { testServers } from '../harness/test-servers.js';

/** More than the window and than a batch, and no multiple of either. */
const EVENTS = 1_234;
const MOST_LINES = 60;
const MULTIPLE = 50;
const TIMEOUT_MS = 180_000;

const ceilings = {
  producer: fileURLToPath(new URL('../../bench/producer/ceiling.mjs', import.meta.url)),
  consumer: fileURLToPath(new URL('../../bench/consumer/ceiling.mjs', import.meta.url)),
};

/** What the bench compares us with must do the whole work, or every ratio would be worth nothing. */
describe('the ceilings of the bench', () => {
  it(
    'publish every change once, in order, persistent and whole, and leave the next ones to be published too',
    async () => {
      const { name, client, channel } = await aPlace();
      const documents = client.db(name).collection<{ _id: number; text: string }>('documents');
      const { operationTime } = (await client.db(name).command({ ping: 1 })) as unknown as { operationTime: Timestamp };
      const { t, i } = operationTime;
      await documents.insertMany(documentsFrom(0, EVENTS));
      start(ceilings.producer, {
        BENCH_DATABASE: name,
        BENCH_COLLECTION: documents.collectionName,
        BENCH_QUEUE: name,
        BENCH_START: JSON.stringify({ t, i }),
      });
      await eventually(async () => (await depth(channel, name)) >= EVENTS);
      await documents.insertMany(documentsFrom(EVENTS, EVENTS));
      await eventually(async () => (await depth(channel, name)) >= 2 * EVENTS);

      const messages: ConsumeMessage[] = [];
      await channel.consume(name, (message) => message && messages.push(message), { noAck: true });
      await eventually(() => messages.length >= 2 * EVENTS);
      for (const { properties } of messages)
        expect(properties).toMatchObject({ deliveryMode: 2, contentType: 'application/bson' });
      const changes = messages.map(({ content }) => BSON.deserialize(content));
      expect(changes.map(({ operationType }) => operationType as string)).toEqual(changes.map(() => 'insert'));
      expect(changes.map(({ fullDocument }) => fullDocument as unknown)).toEqual(documentsFrom(0, 2 * EVENTS));
    },
    TIMEOUT_MS,
  );

  it(
    'take every message once, read its field, and acknowledge fifty at a time',
    async () => {
      const { name, channel } = await aPlace();
      for (let n = 0; n < EVENTS; n += 1)
        channel.sendToQueue(name, Buffer.from(BSON.serialize({ data: { fullDocument: { n, total: n + 0.5 } } })));
      await eventually(async () => (await depth(channel, name)) === EVENTS);
      const log = join(mkdtempSync(join(tmpdir(), 'sluice-ceiling-')), 'events');
      onTestFinished(() => rmSync(dirname(log), { recursive: true }));
      const consumer = start(ceilings.consumer, { BENCH_QUEUE: name, BENCH_PREFETCH: '200', BENCH_LOG: log });
      await eventually(() => seenIn(log).length >= EVENTS);
      expect(seenIn(log)).toEqual(Array.from({ length: EVENTS }, (_, n) => n));
      consumer.kill('SIGKILL');
      await once(consumer, 'close');
      // What was taken and not acknowledged comes back.
      await eventually(async () => (await depth(channel, name)) === EVENTS % MULTIPLE);
    },
    TIMEOUT_MS,
  );

  it.each(Object.entries(ceilings))('are short enough to be read at a glance: %s', (_which, file) => {
    expect(readFileSync(file, 'utf8').split('\n').length).toBeLessThanOrEqual(MOST_LINES);
  });
});

function documentsFrom(first: number, length: number) {
  return Array.from({ length }, (_, n) => ({ _id: first + n, text: `text ${first + n}` }));
}

/** A database, and a queue of the same name. */
async function aPlace() {
  const name = `t${randomBytes(5).toString('hex')}`;
  const servers = testServers();
  const client = await MongoClient.connect(servers.mongodb);
  const connection = await connect(servers.rabbitmq);
  const channel = await connection.createChannel();
  await channel.assertQueue(name, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  onTestFinished(async () => {
    await channel.deleteQueue(name);
    await connection.close();
    await client.db(name).dropDatabase();
    await client.close();
  });
  return { name, client, channel };
}

/** Runs until the test is over. */
function start(file: string, env: Record<string, string>) {
  const { mongodb, rabbitmq } = testServers();
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env['PATH'], BENCH_MONGODB: mongodb, BENCH_RABBITMQ: rabbitmq, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  onTestFinished(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'close');
  });
  return child;
}

/** The numbers of the events that a consumer has noted, each beside the time. */
function seenIn(log: string): number[] {
  if (!existsSync(log)) return [];
  const { buffer, byteLength } = Uint8Array.from(readFileSync(log));
  return [...new Float64Array(buffer, 0, Math.floor(byteLength / 16) * 2)].filter((_, index) => index % 2 === 0);
}

async function depth(channel: Channel, queue: string): Promise<number> {
  return (await channel.checkQueue(queue)).messageCount;
}
