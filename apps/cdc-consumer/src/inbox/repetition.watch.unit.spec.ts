import { expect, it } from 'vitest';
import { RepetitionWatch, type Repetition } from './repetition.watch.js';

/** Its attempts fail of `error` one after another, at these milliseconds; what it tells. */
async function toldAt(times: readonly number[], error?: Error): Promise<Repetition[]> {
  const told: Repetition[] = [];
  let now = 0;
  const watch = new RepetitionWatch(
    (repetition) => told.push(repetition),
    () => now,
  );
  for (const time of times) {
    now = time;
    const attempt = watch.attempt(() => (error === undefined ? Promise.resolve('done') : Promise.reject(error)));
    await (error === undefined ? expect(attempt).resolves.toBe('done') : expect(attempt).rejects.toBe(error));
  }
  return told;
}

const conflict = new Error('WriteConflict');

it.each([
  ['that is run once, however long it takes', [0]],
  ['that is run again for a moment', [0, 100, 3_000]],
])('says nothing of a transaction %s', async (_what, times) => {
  expect(await toldAt(times, conflict)).toEqual([]);
});

it('says once that a transaction is run again for seconds, how often, and of what the last attempt failed', async () => {
  const times = [0, 100, 2_000, 3_100, 3_600, 60_000];
  expect(await toldAt(times, conflict)).toEqual([{ attempts: 3, seconds: 3, error: conflict }]);
});

it('says so without an error where only the commit fails', async () => {
  expect(await toldAt([0, 100, 5_100])).toEqual([{ attempts: 2, seconds: 5, error: undefined }]);
});
