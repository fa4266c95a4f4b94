import { Logger } from '@nestjs/common';
import { expect, it, vi } from 'vitest';
import type { QueuePublisher } from '../connections/queue.publisher.js';
import type { HandledPositions } from './handled.positions.js';
import { LostQueues } from './lost.queues.js';
import type { QueueRecord } from './queue-record.js';
import type { QueueRecordStore } from './queue-record.store.js';

const at = new Date('2026-03-02T10:00:00Z');
const recordOf = (queue: string, over: Partial<QueueRecord> = {}): QueueRecord => ({
  queue,
  since: at,
  losses: 0,
  lostAt: undefined,
  debt: undefined,
  seenAt: at,
  ...over,
});

it('counts the lost queues that this replica is the first to note', async () => {
  const error = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
  const store = {
    positions: () => Promise.resolve(new Map()),
    streams: () => Promise.resolve(['shop']),
    owe: ({ queue }: QueueRecord) => Promise.resolve(queue !== 'noted by another'),
  } as unknown as QueueRecordStore; // what is asked of it, as of the positions below
  const positions = { save: () => Promise.resolve() } as unknown as HandledPositions;
  const lost = new LostQueues(store, positions, undefined as unknown as QueuePublisher); // nothing is sent here
  expect(lost.noted).toBe(0);
  const owed = recordOf('owed already', { debt: { to: at, starts: [] } });
  await lost.owe([recordOf('first'), recordOf('noted by another'), owed, recordOf('second')]);
  expect(lost.noted).toBe(2);
  expect(error).toHaveBeenCalledTimes(2);
  error.mockRestore();
});
