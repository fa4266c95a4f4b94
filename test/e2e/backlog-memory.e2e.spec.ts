import { connect } from 'amqplib';
import { expect, it, onTestFinished } from 'vitest';
import { startMongodb, startRabbitmq } from '../../scripts/lib/servers.mjs';
import { noProcessMemory, residentMemory } from '../harness/process.memory.js';
import { RunningSystem } from '../harness/running.system.js';

/** `npm run test:memory` raises it to 200,000 small ones. Together they are more than may be held. */
const EVENTS = Number(process.env['BACKLOG_EVENTS'] ?? 15_000);
/** Of one document's text; an event is about 500 bytes more. */
const TEXT_BYTES = Number(process.env['BACKLOG_TEXT_BYTES'] ?? 6_000);
const BATCH = 1_000;
const WINDOW = { windowSize: 1_000, windowBytes: 32 * 1024 * 1024 };
const ALLOWED_BYTES = 64 * 1024 * 1024 + WINDOW.windowBytes;

it.skipIf(noProcessMemory !== undefined)(
  `${EVENTS} events behind a blocked broker are not read, and cost at most 64 MB and the window until all are delivered` +
    (noProcessMemory === undefined ? '' : ` (${noProcessMemory})`),
  async () => {
    const [mongodb, broker] = await Promise.all([startMongodb(), startRabbitmq()]);
    onTestFinished(() => mongodb.stop());
    onTestFinished(() => broker.stop());
    const system = await RunningSystem.prepare({
      stream: WINDOW,
      producerEnv: { LEASE_MS: '60000' }, // a stream that is taken anew, on a busy machine, reads its window again
      servers: { mongodb: mongodb.uri, rabbitmq: broker.uri },
    });
    onTestFinished(() => system.stop());
    const queue = await queueOfAll(system);
    const { pid } = await system.startProducer().ready();
    const idle = residentMemory(pid).now;

    await broker.block();
    await insert(system, 0, 2 * WINDOW.windowSize);
    // The window is full, and one event waits before it.
    const captured = WINDOW.windowSize + 1;
    await system.eventually(async () => (await system.streamStatus()).counters.captured === captured);
    await insert(system, 2 * WINDOW.windowSize, EVENTS);
    const blocked = residentMemory(pid).peak;
    expect(await system.streamStatus()).toMatchObject({
      state: 'held',
      reason: expect.stringMatching(/^the broker blocks publishing: low on memory/) as string,
      counters: { captured, confirmed: 0 },
    });
    expect(blocked - idle).toBeLessThanOrEqual(ALLOWED_BYTES);

    await broker.unblock();
    await system.eventually(async () => (await queue.depth()) >= EVENTS, { timeoutMs: 60_000 + EVENTS * 2 });
    const drained = residentMemory(pid).peak;
    console.log(
      `${EVENTS} events: idle ${megabytes(idle)}, peak blocked ${megabytes(blocked)}, peak drained ${megabytes(drained)}`,
    );
    expect(drained - idle).toBeLessThanOrEqual(ALLOWED_BYTES);
  },
  180_000 + EVENTS * 4,
);

const megabytes = (bytes: number) => `${(bytes / 1024 / 1024).toFixed(0)} MB`;

/** Takes all that is published and keeps it; nobody consumes. */
async function queueOfAll({ servers, name, exchange }: RunningSystem): Promise<{ depth(): Promise<number> }> {
  const connection = await connect(servers.rabbitmq);
  onTestFinished(() => connection.close());
  const channel = await connection.createChannel();
  const queue = `${name}.all`;
  await channel.assertExchange(exchange, 'topic', { durable: true });
  await channel.assertQueue(queue, { durable: true, arguments: { 'x-queue-type': 'quorum' } });
  await channel.bindQueue(queue, exchange, '#');
  return { depth: async () => (await channel.checkQueue(queue)).messageCount };
}

async function insert({ db }: RunningSystem, from: number, to: number): Promise<void> {
  const documents = db.collection<{ _id: number; text: string }>('documents');
  const text = 'x'.repeat(TEXT_BYTES);
  for (let at = from; at < to; at += BATCH) {
    const size = Math.min(BATCH, to - at);
    await documents.insertMany(Array.from({ length: size }, (_, index) => ({ _id: at + index, text })));
  }
}
