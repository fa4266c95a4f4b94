import { Timestamp } from 'mongodb';
import { describe, expect, it } from 'vitest';
import type { TakenStream } from './checkpoint.js';
import { resumePlan } from './resume.plan.js';
import { tokenTime } from './token-time.mapper.js';

const clusterTime = new Timestamp({ t: 100, i: 2 });
const last = { clusterTime, generation: 4, ordinal: 1 };
const token = { _data: 'abc' };
const taken = (over: Partial<TakenStream> = {}): TakenStream => ({
  epoch: 2,
  generation: 4,
  pipelineHash: 'h1',
  checkpoint: { last, readTo: { token, time: null } },
  savedAt: new Date(0),
  ...over,
});

const stream = { name: 'shop', startAt: 'now' } as const;

describe('where a stream opens', () => {
  it('is behind the saved token while its pipeline is the same', () => {
    expect(resumePlan(taken(), 'h1', stream)).toMatchObject({ start: { kind: 'after', token }, generation: 4, last });
  });

  it('is a time where no token was saved, in the same generation', () => {
    const time = new Timestamp({ t: 120, i: 0 });
    const plan = resumePlan(taken({ checkpoint: { last, readTo: { token: null, time } } }), 'h1', stream);
    expect(plan).toMatchObject({ start: { kind: 'at', time }, generation: 4, last });
  });

  it('is the time that was read to, one generation on, when the pipeline has changed', () => {
    const time = new Timestamp({ t: 120, i: 0 });
    const plan = resumePlan(taken({ checkpoint: { last, readTo: { token, time } } }), 'h2', stream);
    expect(plan).toMatchObject({ start: { kind: 'at', time }, generation: 5, last });
  });

  it("is the last event's time where the token hides its own", () => {
    expect(resumePlan(taken(), 'h2', stream).start).toEqual({ kind: 'at', time: clusterTime });
  });

  it('is nowhere when the pipeline has changed and no time is known: opening now would lose changes', () => {
    const untimed = taken({ checkpoint: { last: null, readTo: { token, time: null } } });
    expect(() => resumePlan(untimed, 'h2', stream)).toThrow(/SLUICE-STREAM-TIME-UNKNOWN|tells no time/);
    expect(resumePlan(untimed, 'h1', stream).start).toEqual({ kind: 'after', token });
  });

  it.each([
    ['now', { kind: 'now' }],
    ['2026-01-01T00:00:00Z', { kind: 'at', time: new Timestamp({ t: 1_767_225_600, i: 0 }) }],
    [token, { kind: 'after', token }],
  ] as const)('is startAt (%j) where nothing is saved', (startAt, start) => {
    expect(resumePlan(taken({ checkpoint: null, pipelineHash: null }), 'h1', { name: 'shop', startAt }).start).toEqual(
      start,
    );
  });
});

describe('the time in a resume token', () => {
  it("is read from mongod's layout", () => {
    expect(tokenTime({ _data: '826966E2D0000000052B022C0100296E5A1004' })).toEqual(
      new Timestamp({ t: 0x6966e2d0, i: 5 }),
    );
  });

  it.each(['3f00000010730007', '2B0000001273000600', ''])('is unknown in any other (%s)', (data) => {
    expect(tokenTime({ _data: data })).toBeNull();
  });
});
