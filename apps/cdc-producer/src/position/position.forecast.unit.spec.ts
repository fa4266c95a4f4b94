import { Timestamp } from 'mongodb';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../checkpoint/checkpoint.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { HandledCensus } from '../group/handled.census.js';
import { PositionForecaster, type TriedChange } from './position.forecast.js';
import type { PositionProbe } from './position.probe.js';

const at = (t: number) => new Timestamp({ t, i: 1 });
const counted = { events: 3, isComplete: true };
const orders = { name: 'orders', ...counted };

const probe = { count: () => Promise.resolve(counted) } as unknown as PositionProbe; // all that is asked
const away = () => Promise.reject(new Error('the state database is away'));
const stream = { name: 'shop' } as unknown as StreamSettings; // handed on, and its name read
const seen: Checkpoint = { last: null, readTo: { token: null, time: at(300) } };

function forecast(change: Partial<TriedChange>, count: HandledCensus['count'] = () => Promise.resolve([orders])) {
  const start = { kind: 'at', time: at(200) } as const;
  return new PositionForecaster(probe, { count }).of({ stream, seen, start, time: start.time, ...change });
}

describe('what a change of position would do', () => {
  it('back: changes that come again, and what of them groups have handled', async () => {
    expect(await forecast({})).toEqual({ changes: counted, groups: [orders] });
  });

  it('on: changes that never come, of which no group has any', async () => {
    expect(await forecast({ time: at(400) }, away)).toEqual({ changes: counted, groups: [] });
  });

  it('is not known of the groups where their register cannot be read', async () => {
    expect(await forecast({}, away)).toEqual({ changes: counted, groups: null });
  });

  it.each<[string, Partial<TriedChange>]>([
    ['nothing is saved', { seen: null }],
    ['the time of the new position is not known', { time: null }],
  ])('is not known at all where %s', async (_, change) => {
    expect(await forecast(change)).toEqual({ changes: null, groups: null });
  });
});
