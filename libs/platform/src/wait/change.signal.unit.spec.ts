import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { beforeAll, describe, expect, it } from 'vitest';
import { ChangeSignal, within } from './change.signal.js';

const never = new AbortController().signal;
const WAIT_MS = 50;

let collectGarbage: () => void;
beforeAll(() => {
  setFlagsFromString('--expose-gc');
  collectGarbage = runInNewContext('gc') as () => void; // what the flag makes
});

describe('a change signal', () => {
  it('wakes everybody who waits, once', async () => {
    const signal = new ChangeSignal();
    const waits = [signal.wait(never), signal.wait(never)];
    signal.notify();
    await Promise.all(waits);
    const next = signal.wait(never, WAIT_MS).then(() => 'time over');
    expect(await Promise.race([next, sleep(0, 'waits')])).toBe('waits');
    expect(await next).toBe('time over');
  });

  it('wakes when the stop signal fires', async () => {
    const stopping = new AbortController();
    const wait = new ChangeSignal().wait(stopping.signal);
    stopping.abort();
    await wait;
    await new ChangeSignal().wait(stopping.signal);
  });

  it('wakes when the time is over, although garbage was collected meanwhile', async () => {
    const wait = new ChangeSignal().wait(never, WAIT_MS);
    collectGarbage();
    await wait;
  });
});

it('work within a time hears its end, although garbage was collected meanwhile', async () => {
  const until = (signal: AbortSignal) =>
    new Promise((resolve) => signal.addEventListener('abort', () => resolve('over')));
  const work = within(WAIT_MS, never, until);
  collectGarbage();
  expect(await work).toBe('over');
});
