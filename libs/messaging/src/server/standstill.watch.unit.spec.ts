import { afterEach, describe, expect, it } from 'vitest';
import { StandstillWatch } from './standstill.watch.js';

describe('the watch for a standstill', () => {
  let now = 1_000;
  const watch = new StandstillWatch(500, () => now);
  afterEach(() => watch.stop());

  function tellsAfter(...gaps: number[]): number {
    let told = 0;
    watch.start();
    const end = watch.onStandstill(() => (told += 1));
    for (const gap of gaps) {
      now += gap;
      watch.look();
    }
    end();
    return told;
  }

  it('tells of a gap longer than the limit, once', () => {
    expect(tellsAfter(400, 501, 1)).toBe(1);
  });

  it('keeps still while it is looked at often enough, however long', () => {
    expect(tellsAfter(...Array.from({ length: 100 }, () => 500))).toBe(0);
  });

  it('counts no time for which it was not started', () => {
    now += 10_000;
    expect(tellsAfter(1)).toBe(0);
    watch.stop();
    now += 10_000;
    watch.look();
    expect(tellsAfter(1)).toBe(0);
  });

  it('tells nobody who has left', () => {
    expect(tellsAfter(501)).toBe(1);
    watch.start();
    now += 501;
    watch.look();
    expect(tellsAfter(1)).toBe(0);
  });
});
