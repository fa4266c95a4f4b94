import type { StreamStatus } from '@sluice/contracts';
import { expect, it } from 'vitest';
import type { StreamsService } from '../streams/streams.service.js';
import { StreamMetrics } from './stream.metrics.js';

const counters = {
  captured: 5,
  published: 4,
  returned: 1,
  skipped: 0,
  resent: 2,
  reopened: 0,
  gaps: 1,
  claimed: 0,
  omitted: 0,
};
const status = (name: string, oplogHeadroomSeconds: number | null) => ({
  name,
  oplogHeadroomSeconds,
  inFlight: { events: 1, bytes: 512 },
  parked: 3,
  counters: { ...counters, publishedByOperation: { insert: 3, delete: 1 } },
});

it('says what the status says, at each scrape anew, and nothing of what is not known', async () => {
  const listed = [status('shop', 3600), status('audit', null)];
  const streams = { list: () => listed as unknown as StreamStatus[] }; // the fields that are read
  const metrics = new StreamMetrics(streams as StreamsService);
  const lines = (await metrics.text()).split('\n').filter((line) => !line.startsWith('#'));
  expect(lines).toEqual(
    expect.arrayContaining([
      'sluice_stream_oplog_headroom_seconds{stream="shop"} 3600',
      'sluice_stream_in_flight_bytes{stream="audit"} 512',
      'sluice_stream_parked_events{stream="shop"} 3',
      'sluice_stream_captured_total{stream="shop"} 5',
      'sluice_stream_published_total{stream="shop",operation="delete"} 1',
    ]),
  );
  expect(lines.filter((line) => line.startsWith('sluice_stream_oplog_headroom_seconds'))).toHaveLength(1);
  listed.splice(0, 2, status('shop', 10));
  const again = await metrics.text();
  expect(again).toContain('sluice_stream_oplog_headroom_seconds{stream="shop"} 10');
  expect(again).toContain('sluice_stream_captured_total{stream="shop"} 5');
  expect(again).not.toContain('audit');
});
