import type { Delivery } from '@sluice/messaging';
import { topologyNames } from '@sluice/contracts';
import { aReplace } from '@sluice/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { ageSeconds, HandledPositions } from './handled.positions.js';
import type { QueueRecordStore } from './queue-record.store.js';

const names = topologyNames('test.events');
const delivery = { queue: 'q', exchange: names.exchange } as Delivery; // all that is read
const event = aReplace('shop.orders', { _id: 1 });
const clusterMs = event.position.clusterTime.t * 1_000;

const savePositions = vi.fn<QueueRecordStore['savePositions']>();
const positions = new HandledPositions({ savePositions } as unknown as QueueRecordStore, names); // all that is used
afterEach(() => positions.onModuleDestroy());

it('tells the oldest open event of each queue that this replica has, and of none that it has given up', async () => {
  positions.taken('q');
  expect(positions.oldest()).toEqual(new Map());
  positions.begin(delivery, event)?.settle(true);
  expect(positions.oldest()).toEqual(new Map());
  positions.begin(delivery, event);
  expect(positions.oldest()).toEqual(new Map([['q', new Date(clusterMs)]]));

  savePositions.mockRejectedValueOnce(new Error('away'));
  await expect(positions.released('q')).rejects.toThrow('away');
  expect(positions.oldest(), 'it comes again where the partition is now').toEqual(new Map());
});

it('keeps what a partition that was taken again has, though it is saved only now what it had before', async () => {
  positions.taken('q');
  positions.begin(delivery, event)?.settle(true);
  let end = (): void => undefined;
  savePositions.mockReturnValueOnce(new Promise((resolve) => (end = resolve)));
  const released = positions.released('q');
  positions.taken('q');
  end();
  await released;
  positions.begin(delivery, event);
  expect(positions.oldest()).toEqual(new Map([['q', new Date(clusterMs)]]));
});

it.each([
  ['in seconds', 2_500, 2.5],
  ['none before its time, whatever the clocks', -2_500, 0],
])('an age is told %s', (_what, later, seconds) => {
  expect(ageSeconds(new Date(clusterMs), clusterMs + later)).toBe(seconds);
  expect(ageSeconds(undefined, clusterMs + later)).toBeUndefined();
});
