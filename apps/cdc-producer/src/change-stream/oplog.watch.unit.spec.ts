import { expect, it } from 'vitest';
import { pauseAfterLook } from './oplog.watch.js';

it('a look at the oplog is repeated every thirty seconds, and more seldom where the server is long at it, but not for ever', () => {
  expect([0, 5, 300, 301, 2_000, 600_000].map(pauseAfterLook)).toEqual([
    30_000, 30_000, 30_000, 30_100, 200_000, 500_000,
  ]);
});
