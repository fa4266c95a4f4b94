import { positionKey, type Position } from '@sluice/contracts';
import { Timestamp } from 'bson';
import { expect, it } from 'vitest';
import type { CheckpointMark } from '../checkpoint/checkpoint.writer.js';
import { ParkedBacklog } from './parked-backlog.js';

const at = (t: number, ordinal = 0, generation = 1): Position => ({
  clusterTime: new Timestamp({ t, i: 1 }),
  generation,
  ordinal,
});
const mark = (last: Position | null, readTo = last?.clusterTime ?? null): CheckpointMark => ({
  last,
  readTo: () => ({ token: null, time: readTo }),
});
const parked = (...positions: Position[]) =>
  positions.map((position, document) => ({ document, events: 1, newest: positionKey(position) }));

it('may go out at once where nothing was parked, or the saved position is behind all of it', () => {
  expect(new ParkedBacklog(undefined).isPast).toBe(true);
  const saved = new ParkedBacklog(mark(at(5, 2)));
  saved.found(parked(at(5, 2), at(4)));
  expect(saved.isPast).toBe(true);
});

it('waits for the newest of all documents, and says once that it may go out', () => {
  const backlog = new ParkedBacklog(mark(at(3)));
  backlog.found(parked(at(5, 2), at(4)));
  expect([at(4), at(5, 1)].map((last) => backlog.reach(mark(last)))).toEqual([false, false]);
  expect(backlog.isPast).toBe(false);
  expect([at(5, 2), at(6)].map((last) => backlog.reach(mark(last)))).toEqual([true, false]);
  expect(backlog.isPast).toBe(true);
});

it('knows what was reached before it is loaded', () => {
  const backlog = new ParkedBacklog(undefined);
  backlog.reach(mark(null, at(6).clusterTime));
  backlog.found(parked(at(5)));
  expect(backlog.isPast).toBe(true);
});

it('goes out once its time is over, where its newest is never read again', () => {
  const backlog = new ParkedBacklog(mark(at(3)));
  backlog.found(parked(at(5)));
  expect(backlog.reach(mark(at(3), at(5).clusterTime))).toBe(false);
  expect(backlog.reach(mark(at(3), at(6).clusterTime))).toBe(true);
});

it('does not take the first event of a new numbering for the last of its cluster time', () => {
  const backlog = new ParkedBacklog(undefined);
  backlog.found(parked(at(5, 1, 1)));
  expect(backlog.reach(mark(at(5, 0, 2)))).toBe(false);
  expect(backlog.reach(mark(at(6, 0, 2)))).toBe(true);
});
