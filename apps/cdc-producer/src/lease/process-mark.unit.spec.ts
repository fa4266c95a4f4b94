import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { isGone, ownProcessMark } from './process-mark.js';

const own = ownProcessMark();

describe.skipIf(own === null)('a process on the same machine (skipped where there is no /proc)', () => {
  const mark = own ?? { host: '', bootId: '', namespace: '', pid: 0, startTicks: '' };

  it('is not gone while it runs', () => {
    expect(isGone(mark, own)).toBe(false);
  });

  it('is gone when it has ended', () => {
    const { pid } = spawnSync('true');
    expect(isGone({ ...mark, pid }, own)).toBe(true);
  });

  it('is gone when another one has its id now', () => {
    expect(isGone({ ...mark, startTicks: '0' }, own)).toBe(true);
  });

  it('is not gone while it is only stopped', async () => {
    const child = spawn('sleep', ['60']);
    try {
      await once(child, 'spawn');
      child.kill('SIGSTOP');
      const pid = child.pid ?? 0;
      const { startTicks } = markOf(pid);
      expect(isGone({ ...mark, pid, startTicks }, own)).toBe(false);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it.each(['host', 'bootId', 'namespace'] as const)('cannot be told of another %s, and counts as alive', (field) => {
    const { pid } = spawnSync('true');
    expect(isGone({ ...mark, pid, [field]: 'another' }, own)).toBe(false);
    expect(isGone({ ...mark, pid }, null)).toBe(false);
  });
});

/** As the process itself would tell: its start ticks are those that make it not gone. */
function markOf(pid: number): { startTicks: string } {
  const { stdout } = spawnSync('cut', ['-d', ' ', '-f', '22', `/proc/${pid}/stat`]);
  return { startTicks: stdout.toString().trim() };
}
