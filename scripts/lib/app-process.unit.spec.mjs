import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { until } from './abort.mjs';
import { firstToEnd, startApp } from './app-process.mjs';

let dir;
let unhandled;
const onUnhandled = (reason) => unhandled.push(reason);
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-app-'));
  unhandled = [];
  process.on('unhandledRejection', onUnhandled);
});
afterEach(() => {
  process.off('unhandledRejection', onUnhandled);
  rmSync(dir, { recursive: true });
});

describe('an app that dies at its start', () => {
  it('is told of with its last words, and is no unhandled rejection while nobody listens yet', async () => {
    // Its entry does not exist, which Node says before it ends.
    const app = startApp({
      name: 'no-such-app',
      slot: { dir, scope: dir },
      env: process.env,
      url: 'http://127.0.0.1:1',
    });
    const ended = firstToEnd([app, { ended: new Promise(() => undefined) }]);
    let isOver = false;
    app.ended.catch(() => (isOver = true));
    await until(() => isOver, { limitMs: 30_000, everyMs: 10, timedOut: () => new Error('it does not end') });
    await sleep(0); // Node tells of unhandled rejections after the microtasks
    expect(unhandled).toEqual([]);
    const error = await ended.catch((reason) => reason);
    expect(error.message).toBe('no-such-app ended by itself (exit code 1).');
    expect(error.tail).toContain('Cannot find module');
  });
});
