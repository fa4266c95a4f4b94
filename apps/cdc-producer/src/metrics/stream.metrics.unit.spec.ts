import type { StreamStatus } from '@sluice/contracts';
import { MetricRegistry } from '@sluice/observability';
import { expect, it } from 'vitest';
import { StreamCounters } from '../streams/stream.counters.js';
import type { MeasuredStream, StreamsService } from '../streams/streams.service.js';
import { StreamMetrics } from './stream.metrics.js';

const shop = { scope: { database: 'shop' }, namespaces: { include: [], exclude: [] } };

function measured(name: string, oplogHeadroomSeconds: number | null, counters = new StreamCounters(shop)) {
  const status = {
    name,
    state: 'running',
    oplogHeadroomSeconds,
    lagSeconds: null,
    position: { savedAt: null },
    inFlight: { events: 1, bytes: 512 },
    parked: 3,
    counters: counters.toDto(),
  };
  return { status: status as unknown as StreamStatus, tallies: counters.tallies, isHeld: true }; // the fields that are read
}

function metricsOf(streams: readonly MeasuredStream[]): MetricRegistry {
  const registry = new MetricRegistry();
  new StreamMetrics(registry, { measured: () => streams } as unknown as StreamsService);
  return registry;
}

it('says what the status says, at each scrape anew, and nothing of what is not known', async () => {
  const counters = new StreamCounters(shop);
  counters.captured('insert.shop.orders', 100);
  counters.captured('insert.shop.lines', 20);
  counters.confirmed('insert.shop.orders');
  counters.captured('gap.shop', 1);
  const streams = [measured('shop', 3600, counters), measured('audit', null)];
  const registry = metricsOf(streams);
  const lines = (await registry.text()).split('\n').filter((line) => !line.startsWith('#'));
  expect(lines).toEqual(
    expect.arrayContaining([
      'sluice_stream_state{stream="shop",state="running"} 1',
      'sluice_stream_oplog_headroom_seconds{stream="shop"} 3600',
      'sluice_stream_in_flight_bytes{stream="audit"} 512',
      'sluice_stream_parked_events{stream="shop"} 3',
      'sluice_stream_captured_total{stream="shop",operation="insert",namespace_class="shop.*"} 2',
      'sluice_stream_captured_total{stream="shop",operation="gap",namespace_class="none"} 1',
      'sluice_stream_confirmed_total{stream="shop",operation="insert",namespace_class="shop.*"} 1',
      'sluice_stream_captured_bytes_total{stream="shop"} 121',
    ]),
  );
  expect(lines.filter((line) => line.startsWith('sluice_stream_oplog_headroom_seconds'))).toHaveLength(1);
  expect(lines.filter((line) => line.startsWith('sluice_stream_lag_seconds'))).toHaveLength(0);
  streams.splice(0, 2, measured('shop', 10, counters));
  const again = await registry.text();
  expect(again).toContain('sluice_stream_oplog_headroom_seconds{stream="shop"} 10');
  expect(again).not.toContain('audit');
});

it('however many collections there are, the labels are the configured namespaces', () => {
  const counters = new StreamCounters({
    scope: { deployment: true },
    namespaces: { include: ['shop.orders', 'shop.*'], exclude: [] },
  });
  for (let tenant = 0; tenant < 3_000; tenant++) counters.confirmed(`insert.shop.tenant-${tenant}`);
  counters.confirmed('insert.shop.orders');
  counters.confirmed('drop.shop.orders');
  const tallies = [...counters.tallies].map(({ operation, namespaceClass, confirmed }) => [
    operation,
    namespaceClass,
    confirmed,
  ]);
  expect(tallies).toEqual([
    ['insert', 'shop.*', 3_000],
    ['insert', 'shop.orders', 1],
    ['drop', 'shop.orders', 1],
  ]);
  expect(counters.toDto()).toMatchObject({ confirmed: 3_002, confirmedByOperation: { insert: 3_001, drop: 1 } });
});
