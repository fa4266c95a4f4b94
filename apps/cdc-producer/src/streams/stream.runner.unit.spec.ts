import { Logger } from '@nestjs/common';
import { eventually } from '@sluice/testing';
import { Timestamp } from 'mongodb';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { NOTHING_SAVED, type SavedPosition } from '../checkpoint/saved-position.js';
import { streamSchema } from '../config/streams-file.schema.js';
import type { HeldLease } from '../lease/held.lease.js';
import type { LeaseTaker, TakerListener } from '../lease/lease.taker.js';
import type { LeaseTerms } from '../lease/lease.js';
import type { RelayFactory } from '../relay/relay.factory.js';
import type { StreamControl } from './stream-control.js';
import { StreamRunner } from './stream.runner.js';

const stream = streamSchema.parse({ name: 'shop', scope: { database: 'shop' } });
const OLDEST = 10_000;
const SAVED = 10_040;
const NOW = 11_000;

const at = (t: number) => new Timestamp({ t, i: 1 });
const savedAt = (t: number, epoch = 1): SavedPosition => ({
  epoch,
  serial: 0,
  checkpoint: { last: null, readTo: { token: null, time: at(t) } },
  savedAt: new Date(),
});
const terms = (holder: string): LeaseTerms => ({ holder, until: new Date(Date.now() + 15_000) });
const control = (over: Partial<StreamControl> = {}): StreamControl => ({
  stream: 'shop',
  pause: null,
  revision: 1,
  restarts: 0,
  lease: undefined,
  position: savedAt(SAVED),
  ...over,
});
const paused = { pause: { since: new Date(), by: 'ann', reason: null }, revision: 2 };

let runner: StreamRunner;
let breakReading: (error: Error) => void;
/** Another producer's lease, which is in the way. */
let others: LeaseTerms | undefined;
/** Whether the broker has taken all that was read, and when. */
let caughtUpAtMs: number | undefined;

const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

const leases = {
  take: async (_stream: string, listener: TakerListener, signal: AbortSignal) => {
    if (others === undefined && !signal.aborted) return lease;
    if (others !== undefined) listener.waiting({ reason: 'held', terms: others });
    await untilAborted(signal);
    return undefined;
  },
} as unknown as LeaseTaker; // the one thing that a runner asks of it

const lease = {
  terms: terms('this-one'),
  restarts: 0,
  lost: new AbortController().signal,
  handOver: new AbortController().signal,
  release: () => Promise.resolve(),
} as unknown as HeldLease; // what a runner asks of it

const factory = {
  open: (_stream, _lease, status) => ({
    plan: { why: 'saved position', start: { kind: 'at', time: at(SAVED) }, generation: 0, last: null, readUpTo: null },
    epoch: 1,
    run: async (signal) => {
      status.taken({ generation: 0, pipelineHash: null, ...savedAt(SAVED) }, () => ({ events: 0, bytes: 0 }));
      status.move('running');
      status.lag.heard(at(NOW), performance.now());
      if (caughtUpAtMs !== undefined) status.lag.reached({ last: null, caughtUpAtMs });
      await Promise.race([untilAborted(signal), new Promise((_, reject) => (breakReading = reject))]);
    },
  }),
} satisfies Pick<RelayFactory, 'open'>;

beforeEach(() => {
  for (const level of ['log', 'error', 'warn'] as const) vi.spyOn(Logger.prototype, level).mockReturnValue();
  others = undefined;
  caughtUpAtMs = performance.now();
  const oplog = { oldest: () => at(OLDEST), nowSeconds: NOW };
  runner = new StreamRunner(stream, leases, factory as unknown as RelayFactory, oplog, () => undefined);
});
afterEach(async () => {
  await runner.stop();
  vi.restoreAllMocks();
});

const runs = async () => {
  await runner.start();
  await runner.follow(control());
  await eventually(() => runner.status.state === 'running');
};
const short = /only 4% of the oplog lie before the position, and what is behind it is 960 s/;

describe('a stream whose position nears the end of the oplog', () => {
  it('is well while it reads and keeps up', async () => {
    await runs();
    expect(runner.status.toDto()).toMatchObject({ state: 'running', oplogHeadroomSeconds: SAVED - OLDEST });
    expect(runner.status.toDto().lagSeconds).toBeLessThan(60);
    expect(runner.status.reason).toBeUndefined();
  });

  it('is behind by its saved position and says that the oplog runs short, once it is paused', async () => {
    await runs();
    await runner.follow(control(paused));
    expect(runner.status.toDto()).toMatchObject({ state: 'paused', lagSeconds: NOW - SAVED, oplogHeadroomSeconds: 40 });
    expect(runner.status.reason).toMatch(/^paused by ann/);
    expect(runner.status.reason).toMatch(short);
  });

  it('does so too where this producer has never held it', async () => {
    await runner.follow(control(paused));
    expect(runner.status.toDto()).toMatchObject({ state: 'paused', lagSeconds: NOW - SAVED });
    expect(runner.status.reason).toMatch(short);
  });

  it('does so too once it has failed', async () => {
    await runs();
    breakReading(new Error('no use'));
    await eventually(() => runner.status.state === 'failed');
    expect(runner.status.toDto()).toMatchObject({ state: 'failed', lagSeconds: NOW - SAVED });
    expect(runner.status.reason).toMatch(/^no use; only 4%/);
  });

  it('does so too while it is held at its start, before anything has gone through', async () => {
    caughtUpAtMs = undefined;
    await runs();
    runner.status.setStanding({ state: 'held', reason: 'no queue takes it' });
    expect(runner.status.toDto()).toMatchObject({ state: 'held', lagSeconds: NOW - SAVED });
    expect(runner.status.reason).toMatch(/^no queue takes it; only 4%/);
  });
});

describe('how far a stream is behind', () => {
  it('is told by the producer that holds it, and by no other', async () => {
    others = terms('another');
    await runner.start();
    await runner.follow(control());
    await eventually(() => runner.status.state === 'waiting');
    expect(runner.status.toDto()).toMatchObject({ holder: 'another', lagSeconds: null, oplogHeadroomSeconds: 40 });
  });

  it('is no news of one on which it failed, once another has taken the stream', async () => {
    await runs();
    breakReading(new Error('no use'));
    await eventually(() => runner.status.state === 'failed');
    await runner.follow(control({ lease: terms('another'), position: savedAt(SAVED + 10, 2) }));
    expect(runner.status.toDto()).toMatchObject({ state: 'failed', holder: 'another', lagSeconds: null });
  });

  it('is not known of a stream that has no position yet, nor told by a producer that has stopped', async () => {
    await runner.follow(control({ ...paused, position: NOTHING_SAVED }));
    expect(runner.status.toDto().lagSeconds).toBeNull();
    await runner.follow(control({ ...paused }));
    expect(runner.status.toDto().lagSeconds).toBe(NOW - SAVED);
    await runner.stop();
    expect(runner.status.toDto().lagSeconds).toBeNull();
  });
});

it('is restarted also where a restart from after its taking is the first that it is told', async () => {
  await runner.start();
  await eventually(() => runner.status.state === 'running');
  const open = vi.spyOn(factory, 'open');
  await runner.follow(control({ restarts: 1, revision: 2 }));
  await eventually(() => open.mock.calls.length === 1);
});

it('is not restarted by a restart from before its taking', async () => {
  await runner.start();
  await eventually(() => runner.status.state === 'running');
  const open = vi.spyOn(factory, 'open');
  await runner.follow(control({ restarts: 0, revision: 7 }));
  expect(open).not.toHaveBeenCalled();
});

it('is restarted also where it was told of the restart while its lease was being taken', async () => {
  const restarted = control({ restarts: 1, revision: 2 });
  await runner.follow(restarted);
  await eventually(() => runner.status.state === 'running');
  const open = vi.spyOn(factory, 'open');
  await runner.follow(restarted);
  await eventually(() => open.mock.calls.length === 1);
  expect(runner.isHeld).toBe(true);
});
