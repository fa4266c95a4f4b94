import { Timestamp } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { effectOf, positionPlan, startOf } from './position.plan.js';
import type { ProbeReport } from './position.probe.js';

const at = (t: number, i = 1) => new Timestamp({ t, i });
const token = { _data: 'opaque' };
const ofMongod = { _data: '820000012C000000052B022C0100296E5A1004' }; // 300 seconds, increment 5
const report = (over: Partial<ProbeReport> = {}): ProbeReport => ({
  isAccepted: true,
  says: 'opened',
  oldest: at(100, 3),
  oplogSays: null,
  now: at(400),
  firstEvent: null,
  openedAt: token,
  ...over,
});
const text = (t: number) => new Date(t * 1000).toISOString();

describe('where a position is set to', () => {
  it('now: the token that the server opened with, and a time that is not after it', () => {
    expect(positionPlan({ kind: 'now' }, report()).readTo).toEqual({ token, time: at(400) });
    const known = positionPlan({ kind: 'now' }, report({ openedAt: ofMongod })).readTo;
    expect(known).toEqual({ token: ofMongod, time: at(300, 5) });
  });

  it('now, on a server that answered with events at once: the time alone', () => {
    expect(positionPlan({ kind: 'now' }, report({ openedAt: null })).readTo).toEqual({ token: null, time: at(400) });
  });

  it("a token: its own time where it shows one; the first event's tells the effect, and is not saved", () => {
    const hidden = positionPlan({ kind: 'after', token }, report({ firstEvent: at(250) }));
    expect(hidden).toMatchObject({ readTo: { token, time: null }, time: at(250) });
    expect(positionPlan({ kind: 'after', token: ofMongod }, report()).time).toEqual(at(300, 5));
  });

  it("a time within the oplog's first second is its beginning", () => {
    expect(startOf(text(100), at(100, 3))).toEqual({ kind: 'at', time: at(100, 3) });
    expect(startOf(text(101), at(100, 3))).toEqual({ kind: 'at', time: at(101, 0) });
    expect(startOf(text(99), at(100, 3))).toEqual({ kind: 'at', time: at(99, 0) });
  });
});

describe('what is refused', () => {
  const refusal = (t: number, over: Partial<ProbeReport> = {}) =>
    positionPlan({ kind: 'at', time: at(t) }, report(over)).refusal;

  it.each([
    ['a time before the oplog', refusal(99), text(100)],
    ['a time to come', refusal(401), text(400)],
    ['what the server refuses', refusal(200, { isAccepted: false, says: 'code 286' }), 'code 286'],
  ])('%s', (_what, why, says) => expect(why).toContain(says));

  it.each([
    ['a time in the oplog', refusal(200)],
    ['any past time where the oplog cannot be read', refusal(1, { oldest: null })],
  ])('but not %s', (_what, why) => expect(why).toBeUndefined());
});

describe('the effect', () => {
  it.each([
    [at(10), at(20), { kind: 'skips', from: text(10), to: text(20) }],
    [at(20), at(10), { kind: 'repeats', from: text(10), to: text(20) }],
    [at(20, 2), at(20, 1), { kind: 'repeats', from: text(20), to: text(20) }],
    [at(20), at(20), { kind: 'none', from: text(20), to: text(20) }],
    [null, at(20), { kind: 'unknown', from: null, to: text(20) }],
  ])('of going from %s to %s', (from, to, effect) => expect(effectOf(from, to)).toEqual(effect));
});
