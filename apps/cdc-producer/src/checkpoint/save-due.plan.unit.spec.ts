import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { saveDueInMs } from './save-due.plan.js';

const settings = { windowSize: 1000, idleCheckpointMs: 10_000 };
const unsaved = { events: 0, sinceSaveMs: 0, isAwaited: false };

describe('when a position is saved', () => {
  it('is seldom on an idle stream, and soon behind events', () => {
    expect(saveDueInMs({ ...unsaved, sinceSaveMs: 9_000 }, settings)).toBe(1_000);
    expect(saveDueInMs({ ...unsaved, sinceSaveMs: 60, events: 1 }, settings)).toBe(40);
  });

  it('is at once behind a quarter of the window, or where somebody waits', () => {
    expect(saveDueInMs({ ...unsaved, events: 250 }, settings)).toBe(0);
    expect(saveDueInMs({ ...unsaved, isAwaited: true }, settings)).toBe(0);
  });

  it('is at most once in idleCheckpointMs while no event comes, however often reading moves on', () => {
    const moves = fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(moves, fc.integer({ min: 100, max: 20_000 }), (gaps, idleCheckpointMs) => {
        let [now, savedAt] = [0, 0];
        const saves: number[] = [];
        for (const gap of gaps) {
          now += gap;
          const dueInMs = saveDueInMs({ ...unsaved, sinceSaveMs: now - savedAt }, { ...settings, idleCheckpointMs });
          if (dueInMs > 0) continue;
          saves.push(now - savedAt);
          savedAt = now;
        }
        expect(saves.every((since) => since >= idleCheckpointMs)).toBe(true);
        expect(now - savedAt).toBeLessThan(idleCheckpointMs); // and never later than when it is next looked at
      }),
    );
  });
});
