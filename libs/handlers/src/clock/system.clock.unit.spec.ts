import { describe, expect, it } from 'vitest';
import { systemClock } from './system.clock.js';

describe('the system clock', () => {
  it('ends a wait as soon as the signal aborts, and at once after that', async () => {
    const controller = new AbortController();
    const waiting = systemClock.wait(3_600_000, controller.signal);
    controller.abort();
    await expect(waiting).resolves.toBeUndefined();
    await expect(systemClock.wait(3_600_000, controller.signal)).resolves.toBeUndefined();
  });

  it('ends a wait when its time is over', async () => {
    await expect(systemClock.wait(1, new AbortController().signal)).resolves.toBeUndefined();
  });
});
