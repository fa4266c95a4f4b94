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

it('one search serves all who ask for times of one second, each from its own time on, and goes on for those who stay', async () => {
  const queue = new MemoryStreamQueue();
  for (let n = 1; n <= 9; n += 1) queue.add(...change('a', n));
  const times = new TimeSeek(queue, { nowMs: () => 0 });
  const [leaving, staying] = [new AbortController(), new AbortController()];
  const left = times.startOf(new Date(5_000), leaving.signal);
  const crowd = [5_100, 5_200, 5_999].map((ms) => times.startOf(new Date(ms), staying.signal));
  leaving.abort(new Error('the client went'));
  await expect(left).rejects.toThrow('the client went');
  const starts = await Promise.all(crowd);
  expect(starts.map(({ since }) => since?.getTime())).toEqual([5_100, 5_200, 5_999]);
  expect(new Set(starts.map(({ offset }) => offset)).size).toBe(1);
  expect(queue.opened).toBe(2);
});

it('a search that nobody waits for any more is not made, and who asks again then has one', async () => {
  const queue = new MemoryStreamQueue();
  queue.add(...change('a', 1));
  const times = new TimeSeek(queue, { nowMs: () => 0 });
  const { signal } = new AbortController();
  const leaving = new AbortController();
  const first = times.startOf(new Date(5_000), signal);
  const left = Array.from({ length: 100 }, (_, n) => times.startOf(new Date(n * 1_000 + 10_000), leaving.signal));
  leaving.abort(new Error('the client went'));
  const again = times.startOf(new Date(10_000), signal);
  expect((await Promise.allSettled(left)).every(({ status }) => status === 'rejected')).toBe(true);
  await Promise.all([first, again]);
  expect(queue.opened).toBe(4);
});
