import { createServer, type AddressInfo } from 'node:net';
import { writeFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import { startMongodb, startRabbitmq } from '../../scripts/lib/servers.mjs';
import { RunningSystem } from '../harness/running.system.js';
import { testServers } from '../harness/test-servers.js';

it('with both servers away at the start both apps stay up, say since when, and go on by themselves', async () => {
  const [mongodb, rabbitmq] = await Promise.all([startMongodb(), startRabbitmq()]);
  onTestFinished(async () => {
    await Promise.all([mongodb.stop(), rabbitmq.stop()]);
  });
  const system = await RunningSystem.prepare({ servers: { mongodb: mongodb.uri, rabbitmq: rabbitmq.uri } });
  onTestFinished(() => system.stop());
  await Promise.all([mongodb.stop(), rabbitmq.stop()]);

  for (const app of [system.startProducer(), system.startConsumer()]) {
    const { status, body } = await system.eventually(async () => {
      const health = await app.get('/health/ready');
      return /ECONNREFUSED/.test(JSON.stringify(health.body)) && health;
    });
    expect(status).toBe(503);
    expect(body).toMatchObject({ error: { mongodb: { status: 'down', since: expect.any(String) as string } } });
    expect((await app.get('/health/live')).status).toBe(200);
  }
  await Promise.all([mongodb.start(), rabbitmq.start()]);
  await Promise.all([system.producer.ready(), system.consumer.ready()]);
  await system.db.collection('documents').insertOne({ here: true });
  await system.handledAll(1);
});

it('MongoDB killed and started again under a running stream: it goes on where it stood', async () => {
  const mongodb = await startMongodb();
  onTestFinished(() => mongodb.stop());
  const system = await RunningSystem.prepare({ servers: { ...testServers(), mongodb: mongodb.uri } });
  onTestFinished(() => system.stop());
  system.startConsumer();
  system.startProducer();
  await Promise.all([system.consumer.ready(), system.producer.ready()]);
  const documents = system.db.collection<{ _id: number }>('documents');
  await documents.insertMany(Array.from({ length: 100 }, (_, number) => ({ _id: number })));
  await system.handledAll(100);
  await mongodb.kill();
  await system.eventually(async () => !(await system.producer.isReady()));
  await mongodb.start();
  await system.producer.ready();
  await documents.insertMany(Array.from({ length: 100 }, (_, number) => ({ _id: 100 + number })));
  await system.handledAll(200);
  expect(system.handled.byOperation()).toEqual({ insert: 200 });
  expect(system.handled.disordered()).toEqual([]);
});

it('a wrong configuration ends both apps with 78 and every fault at once', async () => {
  const system = await RunningSystem.prepare();
  onTestFinished(() => system.stop());
  writeFileSync(
    system.configFile,
    JSON.stringify({ streams: [{ name: 'a b', scope: { database: 'x' }, colour: 'red', pipeline: [{ $out: 'x' }] }] }),
  );
  const producer = system.startApp('cdc-producer', { MONGODB_URI: 'nowhere', PRODUCER_HTTP_PORT: '99999' });
  const consumer = system.startApp('cdc-consumer', { RABBITMQ_URI: '', PARTITIONS: '65', HTTP_HOST: '0.0.0.0' });
  expect(await Promise.all([producer.exit(), consumer.exit()])).toEqual([78, 78]);
  for (const path of [
    'MONGODB_URI',
    'PRODUCER_HTTP_PORT',
    'streams[0].name',
    'streams[0].colour',
    'streams[0].pipeline[0].$out',
  ]) {
    expect(producer.text).toContain(path);
  }
  for (const path of ['RABBITMQ_URI', 'PARTITIONS', 'ADMIN_TOKEN']) expect(consumer.text).toContain(path);
  expect(producer.lines).toEqual([]);
});

it('a taken HTTP port ends the app with 78 and one sentence', async () => {
  const system = await RunningSystem.prepare();
  onTestFinished(() => system.stop());
  const other = createServer();
  onTestFinished(() => void other.close());
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  const { port } = other.address() as AddressInfo; // a TCP server's
  const producer = system.startApp('cdc-producer', { PRODUCER_HTTP_PORT: String(port) });
  expect(await producer.exit()).toBe(78);
  expect(producer.text).toBe(
    `SLUICE-HTTP-PORT-TAKEN  port ${port} on 127.0.0.1 is taken by another process; choose another one.\n`,
  );
});
