import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StreamFencedError } from '../change-stream/stream.error.js';
import { HeldLease } from './held.lease.js';
import { LeaseLapsedError } from './lease-lapsed.error.js';
import type { LeaseClock } from './lease.clock.js';
import { LeaseStore, type GrantedLease, type LeaseView, type StampedLease } from './lease.js';

const LEASE_MS = 3_000;

/** Moves when a test says so. */
class ManualClock implements LeaseClock {
  private ms = 0;
  private sleeping: { untilMs: number; wake: () => void }[] = [];

  now(): number {
    return this.ms;
  }
  sleep(ms: number, signal: AbortSignal): Promise<void> {
    return new Promise((wake) => {
      const done = () => {
        signal.removeEventListener('abort', done);
        wake();
      };
      signal.addEventListener('abort', done);
      this.sleeping.push({ untilMs: this.ms + ms, wake: done });
    });
  }
  /** Time passes and nothing runs, as in a process that is stopped. */
  jump(ms: number): void {
    this.ms += ms;
  }
  /** Time passes; whoever slept until then goes on. */
  async pass(ms: number): Promise<void> {
    const end = this.ms + ms;
    for (;;) {
      const [next] = this.sleeping.filter(({ untilMs }) => untilMs <= end).sort((a, b) => a.untilMs - b.untilMs);
      if (next === undefined) break;
      this.sleeping = this.sleeping.filter((each) => each !== next);
      this.ms = Math.max(this.ms, next.untilMs);
      next.wake();
      await settled();
    }
    this.ms = end;
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

/** Answers renewals as a test says. */
class ScriptedStore extends LeaseStore {
  readonly renewedAtMs: number[] = [];
  released = 0;
  answer: () => Promise<Date | undefined> = () => Promise.resolve(new Date());

  renew(): Promise<Date | undefined> {
    this.renewedAtMs.push(clock.now());
    return this.answer();
  }
  release(): Promise<void> {
    this.released += 1;
    return Promise.resolve();
  }
  read(): Promise<LeaseView | undefined> {
    return Promise.resolve(undefined);
  }
  look(): Promise<StampedLease> {
    return Promise.reject(new Error('not asked for here'));
  }
  take(): Promise<GrantedLease | undefined> {
    return Promise.resolve(undefined);
  }
}

const granted: GrantedLease = {
  taken: { epoch: 3, generation: 0, pipelineHash: null, checkpoint: null, savedAt: null },
  restarts: 0,
  terms: { holder: 'me', until: new Date(0) },
};

let clock: ManualClock;
let store: ScriptedStore;
let assigned: boolean;
let lease: HeldLease;
beforeEach(() => {
  clock = new ManualClock();
  store = new ScriptedStore();
  assigned = true;
  lease = new HeldLease('shop', { store, leaseMs: LEASE_MS, isAssigned: () => assigned, clock }, granted, 0);
});
afterEach(() => lease.release());

describe('a held lease', () => {
  it('is renewed at every third of its time, and held for as long as that succeeds', async () => {
    await clock.pass(10 * LEASE_MS + 100);
    expect(store.renewedAtMs.slice(0, 4)).toEqual([1_000, 2_000, 3_000, 4_000]);
    expect(store.renewedAtMs).toHaveLength(30);
    expect(lease.mayPublish()).toBe(true);
    expect(lease.lost.aborted).toBe(false);
  });

  it('outlives failed renewals within its time, which are tried more often', async () => {
    store.answer = () => Promise.reject(new Error('no primary'));
    await clock.pass(2_000);
    expect(store.renewedAtMs.slice(0, 3)).toEqual([1_000, 1_200, 1_400]);
    store.answer = () => Promise.resolve(new Date());
    await clock.pass(LEASE_MS);
    expect(lease.mayPublish()).toBe(true);
  });

  it.each([
    ['fail', () => Promise.reject(new Error('no primary'))],
    ['are not answered', () => new Promise<never>(() => undefined)],
  ])('is lost when its time is over and renewals %s', async (_what, answer) => {
    store.answer = answer;
    await clock.pass(LEASE_MS - 1);
    expect(lease.mayPublish()).toBe(true);
    await clock.pass(1);
    expect(lease.mayPublish()).toBe(false);
    expect(lease.lost.reason).toBeInstanceOf(LeaseLapsedError);
  });

  it('lets a process that was stopped for longer publish nothing, not even before its timers have run', async () => {
    clock.jump(LEASE_MS);
    expect(lease.mayPublish()).toBe(false);
    const renewals = store.renewedAtMs.length;
    await clock.pass(LEASE_MS);
    expect(store.renewedAtMs).toHaveLength(renewals);
    expect(lease.lost.reason).toBeInstanceOf(LeaseLapsedError);
  });

  it('is lost at once when another producer has taken the stream', async () => {
    store.answer = () => Promise.resolve(undefined);
    await clock.pass(1_000);
    expect(lease.mayPublish()).toBe(false);
    expect(lease.lost.reason).toBeInstanceOf(StreamFencedError);
  });

  it('is to be handed over once the stream has been assigned elsewhere for a lease time, and is held until then', async () => {
    assigned = false;
    await clock.pass(LEASE_MS);
    expect(lease.handOver.aborted).toBe(false);
    await clock.pass(LEASE_MS);
    expect(lease.handOver.aborted).toBe(true);
    expect(lease.mayPublish()).toBe(true);
  });

  it('stays when the assignment was away for a moment only', async () => {
    for (let round = 0; round < 5; round++) {
      assigned = false;
      await clock.pass(LEASE_MS - 1_000);
      assigned = true;
      await clock.pass(1_000);
    }
    expect(lease.handOver.aborted).toBe(false);
  });

  it('ends its renewals when it is released, and allows no publish any more', async () => {
    await lease.release();
    expect(lease.mayPublish()).toBe(false);
    await clock.pass(LEASE_MS);
    expect(store).toMatchObject({ released: 1, renewedAtMs: [] });
  });
});
