import { expect, it } from 'vitest';
import { stillHandling, whyNotReset } from './reset.policy.js';

const member = (over: { consuming?: boolean; revision?: number }) => ({
  id: 'a',
  patterns: [],
  joinedAt: new Date(0),
  lastSeen: new Date(0),
  ...over,
});

it.each([
  ['a paused group', { paused: true, state: 'bound' }, undefined],
  ['a group that handles', { paused: false, state: 'bound' }, 'POST /api/v1/groups/orders/pause'],
  ['a group that joins', { paused: true, state: 'joining' }, 'when it is bound'],
] as const)('%s', (_what, group, why) => {
  const said = whyNotReset({ _id: 'orders', ...group });
  if (why === undefined) expect(said).toBeUndefined();
  else expect(said).toContain(why);
});

it.each([
  ['has stopped since the last change', { consuming: false, revision: 4 }, []],
  ['had stopped before it, and may have gone on in between', { consuming: false, revision: 3 }, ['a']],
  ['has seen it, and ends its handlers', { consuming: true, revision: 4 }, ['a']],
  ['says nothing of it', {}, ['a']],
])('a member that %s', (_what, over, handling) => {
  expect(stillHandling({ revision: 4 }, { nowMs: 1, alive: [member(over)] })).toEqual(handling);
});
