import type { PositionChangeResult, PositionForecast } from '@sluice/contracts';
import { expect, it } from 'vitest';
import type { Terminal } from '../output/terminal.js';
import { positionChange } from './position.view.js';

const terminal: Terminal = {
  width: undefined,
  write: () => undefined,
  note: () => undefined,
  paint: (_colour, text) => text,
  read: () => Promise.resolve(''),
};
const times = { from: '2026-03-02T08:00:00.000Z', to: '2026-03-02T09:00:00.000Z' };
const tried: PositionChangeResult = {
  ...{ isApplied: false, isAccepted: true, serverSays: 'the change stream opened there', oplogSince: times.from },
  effect: { kind: 'repeats', ...times },
  position: {
    ...{ stream: 'shop', epoch: 7, generation: 1, last: null, clusterTime: null, readTo: times.from },
    ...{ resumeToken: null, savedAt: null, isPaused: true, pipelineChanged: false },
  },
};
const linesOf = (forecast: PositionForecast) =>
  positionChange({ ...tried, forecast }, 'sluice …', { terminal, now: () => new Date(times.to) }).split('\n');
const changes = { events: 5, isComplete: true };

it.each<[string, PositionForecast, readonly string[]]>([
  [
    'what is known',
    { changes, groups: [{ name: 'orders', events: 3, isComplete: false }] },
    ['changes          5', 'handled already  at least 3 by group "orders", of handlers with once'],
  ],
  [
    'a group that does not answer in time, with handlers whose inbox is elsewhere',
    { changes, groups: [{ name: 'orders', notCounted: ['Books.book'] }] },
    [
      'handled already  not known by group "orders", of handlers with once; not counted, as their inbox is elsewhere: Books.book',
    ],
  ],
  ['that the groups are not known', { changes, groups: null }, ['changes          5', 'handled already  not known']],
  ['that nothing is known', { changes: null, groups: null }, ['changes          not known']],
])('a dry run of a position says %s', (_what, forecast, lines) => {
  expect(linesOf(forecast)).toEqual(expect.arrayContaining([...lines]));
});

it('a dry run of a position says nothing of groups where there are none', () => {
  expect(linesOf({ changes, groups: [] }).join('\n')).not.toContain('handled already');
});
