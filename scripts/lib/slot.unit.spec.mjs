import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tryLock } from './lock.mjs';
import { privateDir } from './paths.mjs';
import { startProcess, startTimeOf } from './processes.mjs';
import { takeSlot } from './slot.mjs';

const abandoned = join(privateDir, 'images-91');
const held = join(privateDir, 'images-92');
const sleeper = (scope, label) => startProcess({ scope, label, command: 'sleep', args: ['600'], stdio: 'ignore' });

it('taking a slot also ends what a killed run of another kind left, and leaves a running one alone', async () => {
  for (const dir of [abandoned, held]) mkdirSync(dir, { recursive: true });
  const lock = await tryLock(`slot ${held}`);
  const [left, running] = [sleeper(abandoned, 'left broker'), sleeper(held, 'running broker')];
  const leftEnded = once(left, 'exit');
  const slot = await takeSlot('extra');
  try {
    expect(slot.leftovers).toContain('left broker');
    expect(slot.leftovers).not.toContain('running broker');
    await leftEnded;
    expect(startTimeOf(running.pid)).toBeDefined();
  } finally {
    running.kill('SIGKILL');
    await slot.release();
    await lock.release();
    for (const dir of [abandoned, held, slot.dir]) rmSync(dir, { recursive: true, force: true });
  }
});
