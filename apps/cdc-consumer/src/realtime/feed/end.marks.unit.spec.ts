import { setImmediate as nextTurn } from 'node:timers/promises';
import { beforeEach, expect, it } from 'vitest';
import { EndMarks, LEAST_DISTANCE_MS } from './end.marks.js';

/** Published, and when. */
let published: { id: string; atMs: number }[];
let nowMs: number;
let failure: Error | undefined;
let marks: EndMarks;
beforeEach(() => {
  published = [];
  nowMs = 0;
  failure = undefined;
  const mark = async (id: string) => {
    await nextTurn();
    if (failure !== undefined) throw failure;
    published.push({ id, atMs: nowMs });
  };
  const wait = async (ms: number) => {
    await nextTurn();
    nowMs += ms;
  };
  marks = new EndMarks({ mark }, { nowMs: () => nowMs, wait });
});

async function readAll(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) {
    await nextTurn();
    for (const { id } of published) marks.reached(id);
  }
}

it('however many ask, marks keep their distance, and each asker gets one that was published after it asked', async () => {
  const begun = Promise.all([marks.next(), marks.next()]);
  await readAll();
  await begun;
  for (let n = 0; n < 5; n += 1) {
    const before = published.length;
    const crowd = Promise.all(Array.from({ length: 50 }, () => marks.next()));
    await readAll();
    await crowd;
    expect(published.length - before).toBe(1);
  }
  const distances = published.slice(1).map(({ atMs }, index) => atMs - (published[index]?.atMs ?? 0));
  expect(distances).toEqual(Array.from({ length: 5 }, () => LEAST_DISTANCE_MS));
});

it('whoever asks when a mark is published already gets the next one', async () => {
  const first = marks.next();
  await nextTurn();
  await nextTurn();
  expect(published).toHaveLength(1);
  const second = marks.next();
  await readAll();
  await Promise.all([first, second]);
  expect(published).toHaveLength(2);
});

it('one that could not be published is told to those who waited for it, and the next one comes', async () => {
  failure = new Error('the broker is away');
  await expect(marks.next()).rejects.toThrow('the broker is away');
  failure = undefined;
  const next = marks.next();
  await readAll();
  await next;
  expect(published).toHaveLength(1);
});

it('one that retention gave up before it was read is published again', async () => {
  const asked = marks.next();
  while (published.length === 0) await nextTurn();
  published = [];
  marks.givenUp();
  while (published.length === 0) await nextTurn();
  await readAll();
  await asked;
});
