import type { ChangeEvent } from '@sluice/contracts';
import { OnChange } from '@sluice/handlers';
import { MetricRegistry } from '@sluice/observability';
import { eventually } from '@sluice/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { InProcessProducer } from '../harness/in-process.producer.js';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';

class Projection {
  @OnChange({ namespace: '*', operations: ['insert', 'delete'], retry: { attempts: 2, initialDelayMs: 1 } })
  project(event: ChangeEvent): void {
    if (event.operation === 'delete') throw new Error('deletes are not wanted here');
  }
}

let producer: InProcessProducer;
let system: ConsumerSystem;
let consumer: TestConsumer;
beforeAll(async () => {
  producer = await InProcessProducer.prepare();
  system = await ConsumerSystem.open({ exchange: producer.exchange, stateDb: producer.state.databaseName });
  consumer = await system.consumer({ handlers: [new Projection()] });
  await producer.start();
  await producer.running();
});
afterAll(async () => {
  await producer.stopApp();
  await system.close();
  await producer.stop([]);
});

/** The samples of a scrape whose line begins so, by what stands behind. */
async function scraped(app: 'producer' | 'consumer', metric: string): Promise<Record<string, number>> {
  const text =
    app === 'producer'
      ? await producer.part(MetricRegistry).text()
      : await (await fetch(`${consumer.url}/metrics`)).text();
  const lines = text.split('\n').filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
  return Object.fromEntries(
    lines.map((line) => [
      line.slice(metric.length, line.lastIndexOf(' ')),
      Number(line.slice(line.lastIndexOf(' ') + 1)),
    ]),
  );
}

it('an event is counted at each step on its way, with how long it took to its handler', async () => {
  const documents = producer.db.collection<{ _id: number }>('documents');
  await documents.insertMany([1, 2, 3].map((_id) => ({ _id })));
  await documents.deleteOne({ _id: 2 });
  const group = '{group="mirror"}';
  const handler = `{group="mirror",handler="Projection.project",stream="main"`;
  const inserted = { [`${handler},operation="insert",namespace_class="*"}`]: 3 };
  const deleted = { [`${handler},operation="delete",namespace_class="*"}`]: 1 };
  await eventually(async () => {
    expect(await scraped('consumer', 'sluice_handler_handled_total')).toMatchObject(inserted);
    expect(await scraped('consumer', 'sluice_handler_retried_total')).toMatchObject(deleted);
    expect(await scraped('consumer', 'sluice_handler_dead_lettered_total')).toMatchObject(deleted);
    expect(await scraped('consumer', 'sluice_group_dead_lettered_total')).toEqual({ [group]: 1 }); // once it is safe
    return true;
  });
  expect(await scraped('consumer', 'sluice_handler_latency_seconds_count')).toEqual({ [`${handler}}`]: 3 });
  expect(await scraped('consumer', 'sluice_handler_latency_seconds_bucket')).toMatchObject({
    [`${handler},le="+Inf"}`]: 3,
  });
  expect((await scraped('consumer', 'sluice_group_received_bytes_total'))[group]).toBeGreaterThan(0);
  expect((await scraped('consumer', 'sluice_group_takeovers_total'))[group]).toBeGreaterThan(0);

  const labels = (operation: string) =>
    `{stream="main",operation="${operation}",namespace_class="${producer.database}.*"}`;
  for (const step of ['captured', 'published', 'confirmed']) {
    const counted = await scraped('producer', `sluice_stream_${step}_total`);
    expect(counted, step).toMatchObject({ [labels('insert')]: 3, [labels('delete')]: 1 });
  }
  expect((await scraped('producer', 'sluice_stream_captured_bytes_total'))['{stream="main"}']).toBeGreaterThan(0);
  expect(await scraped('producer', 'sluice_stream_takeovers_total')).toEqual({ '{stream="main"}': 1 });
});

it('tells where stream, partitions and process stand', async () => {
  await eventually(async () => '{stream="main"}' in (await scraped('producer', 'sluice_stream_lag_seconds')));
  expect(await scraped('producer', 'sluice_stream_state')).toEqual({ '{stream="main",state="running"}': 1 });
  expect(await scraped('producer', 'sluice_stream_held')).toEqual({ '{stream="main"}': 1 });
  expect(await scraped('producer', 'sluice_stream_checkpoint_age_seconds')).toHaveProperty(['{stream="main"}']);
  await eventually(async () => {
    const consumers = await scraped('consumer', 'sluice_partition_consumers');
    return consumers['{group="mirror",partition="0"}'] === 1 && consumers['{group="mirror",partition="1"}'] === 1;
  });
  await eventually(async () => (await scraped('consumer', 'sluice_group_dead_letters'))['{group="mirror"}'] === 1);
  expect(await scraped('consumer', 'sluice_connection_up')).toEqual({
    '{connection="mongodb"}': 1,
    '{connection="rabbitmq"}': 1,
    '{connection="deadLetters"}': 1,
  });
  for (const app of ['producer', 'consumer'] as const) {
    expect(await scraped(app, 'process_resident_memory_bytes')).toHaveProperty(['']);
    expect(await scraped(app, 'nodejs_eventloop_lag_p99_seconds')).toHaveProperty(['']);
    expect(await scraped(app, 'sluice_resident_memory_growth_bytes')).toHaveProperty(['']);
  }
});

it('a lost connection and pauses are counted', async () => {
  const before = (await scraped('consumer', 'sluice_connection_reconnects_total'))['{connection="rabbitmq"}'] ?? 0;
  system.gate.cut();
  await eventually(async () => {
    const now = await scraped('consumer', 'sluice_connection_reconnects_total');
    return (now['{connection="rabbitmq"}'] ?? 0) > before;
  });
  await consumer.post('/api/v1/groups/mirror/pause');
  expect(await scraped('consumer', 'sluice_group_state')).toEqual({ '{group="mirror",state="paused"}': 1 });
  expect(await scraped('consumer', 'sluice_group_pauses_total')).toEqual({ '{group="mirror"}': 1 });
  await consumer.post('/api/v1/groups/mirror/resume');
  await producer.service.pause('main');
  expect(await scraped('producer', 'sluice_stream_pauses_total')).toEqual({ '{stream="main"}': 1 });
  expect(await scraped('producer', 'sluice_stream_held')).toEqual({ '{stream="main"}': 0 });
  await producer.service.resume('main');
  await producer.running();
});
