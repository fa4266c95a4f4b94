import { expect, it } from 'vitest';
import { concerns, UNREADABLE } from './gap.message.js';

it.each([
  [undefined, true],
  ['shop', true],
  ['shop.orders', false],
  ['shop.orders.archive', true],
  ['sho', false],
])('a gap of %s concerns shop.orders.archive: %s', (namespace, expected) => {
  const gap = namespace === undefined ? UNREADABLE : { ...UNREADABLE, namespace };
  expect(concerns(gap, 'shop.orders.archive')).toBe(expected);
});
