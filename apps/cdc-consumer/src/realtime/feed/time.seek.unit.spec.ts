import { expect, it } from 'vitest';
import { change } from './feed-world.fixture.js';
import { MemoryStreamQueue } from './memory-stream.queue.fixture.js';
import { LEAST_DISTANCE_MS, TimeSeek } from './time.seek.js';

it('a crowd that asks for times costs the broker one mark, and later there is another', async () => {
  const queue = new MemoryStreamQueue();
  for (let n = 1; n <= 9; n += 1) queue.add(...change('a', n));
  let nowMs = 0;
  const times = new TimeSeek(queue, { nowMs: () => nowMs });
  const { signal } = new AbortController();
  const crowd = () => Promise.all(Array.from({ length: 20 }, () => times.startOf(new Date(5_000), signal)));
  const found = await crowd();
  expect(queue.marks).toBe(1);
  nowMs += LEAST_DISTANCE_MS;
  expect(await crowd()).toEqual(found);
  expect(queue.marks).toBe(2);
});

it('where the broker failed, the next attempt begins with a mark: what held the last one may be gone', async () => {
  const queue = new MemoryStreamQueue();
  queue.add(...change('a', 1));
  const times = new TimeSeek(queue, { nowMs: () => 0 });
  const { signal } = new AbortController();
  await times.startOf(new Date(5_000), signal);
  const open = queue.open.bind(queue);
  let failures = 1;
  queue.open = (from) => (failures-- > 0 ? Promise.reject(new Error('the connection is lost')) : open(from));
  await times.startOf(new Date(5_000), signal);
  expect(queue.marks).toBe(2);
});
