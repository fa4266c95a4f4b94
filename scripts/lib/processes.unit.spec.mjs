import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryLock } from './lock.mjs';
import { reservePort } from './ports.mjs';
import { killProcess, startProcess, startTimeOf, sweep } from './processes.mjs';

let scope;
beforeEach(() => (scope = mkdtempSync(join(tmpdir(), 'sluice-scope-'))));
afterEach(() => rmSync(scope, { recursive: true }));

const sleeper = (label, inScope = scope) =>
  startProcess({ scope: inScope, label, command: 'sleep', args: ['600'], stdio: 'ignore' });

describe('what a killed run left behind', () => {
  it('is found by its mark and ended, with the label it was started under', async () => {
    const child = sleeper('broker');
    const ended = once(child, 'exit');
    expect(await sweep(scope)).toEqual(['broker']);
    await ended;
    expect(startTimeOf(child.pid)).toBeUndefined();
  });

  it('is left alone when it belongs to another scope or label', async () => {
    const other = sleeper('broker', `${scope}-2`);
    const labelled = sleeper('database');
    try {
      expect(await sweep(scope, 'broker')).toEqual([]);
      expect(startTimeOf(other.pid)).toBeDefined();
      expect(startTimeOf(labelled.pid)).toBeDefined();
    } finally {
      await Promise.all([killProcess(other), killProcess(labelled)]);
    }
  });

  it('is found where a child of ours has left its group and lost its parent', async () => {
    const args = ['-c', "setsid sh -c 'echo ready; sleep 600' & wait"];
    const shell = startProcess({ scope, label: 'daemon', command: 'sh', args, stdio: ['ignore', 'pipe', 'ignore'] });
    await once(shell.stdout, 'data');
    await killProcess(shell);
    expect(await sweep(scope)).toEqual(['daemon']);
  });
});

describe('a lock', () => {
  it('is refused while it is held and free again afterwards', async () => {
    const first = await tryLock(scope);
    expect(await tryLock(scope)).toBeUndefined();
    await first.release();
    const second = await tryLock(scope);
    expect(second).toBeDefined();
    await second.release();
  });
});

describe('a port', () => {
  it('is never given out twice, even before anybody listens on it', async () => {
    const first = await reservePort(45_000);
    expect(await reservePort(first)).toBeGreaterThan(first);
  });
});
