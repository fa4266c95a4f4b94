import { Timestamp } from 'mongodb';
import { expect, it } from 'vitest';
import { ClusterClock } from './cluster.clock.js';

it("the cluster time is the server's own, and goes on between replies", () => {
  let nowMs = 5_000;
  const clock = new ClusterClock(() => nowMs);
  expect(clock.seconds).toBeNull();
  clock.heard(new Timestamp({ t: 100, i: 7 }), 4_000);
  expect(clock.seconds).toBe(101);
  nowMs += 2_000;
  clock.heard(undefined, nowMs);
  expect(clock.seconds).toBe(103);
  clock.forget();
  expect(clock.seconds).toBeNull();
});
