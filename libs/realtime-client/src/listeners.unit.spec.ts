import { expect, it, vi } from 'vitest';
import { Listeners } from './listeners.js';

it('a listener that throws keeps nothing from the others, nor from whoever tells them', () => {
  const reported: (() => void)[] = [];
  vi.spyOn(globalThis, 'queueMicrotask').mockImplementation((report) => void reported.push(report));
  const listeners = new Listeners<[string]>();
  const told: string[] = [];
  listeners.add(() => {
    throw new Error('the page has a fault');
  });
  listeners.add((what) => told.push(what));
  listeners.tell('open');
  vi.restoreAllMocks();
  expect(told).toEqual(['open']);
  expect(reported).toHaveLength(1);
  expect(reported[0]).toThrow('the page has a fault');
});
