import { expect, it } from 'vitest';
import { streamWarnings } from './stream-warnings.policy.js';

const limits = { maxLagSeconds: 3_600, minOplogHeadroomSeconds: 0, minOplogHeadroomPercent: 10 };
const well = { state: 'running' as const, lagSeconds: 1, oplogHeadroomSeconds: 86_400 };
const warningsOf = (over: Partial<Parameters<typeof streamWarnings>[0]>, other: Partial<typeof limits> = {}) =>
  streamWarnings({ ...well, ...over }, { ...limits, ...other });

it('a stream that keeps up is well, on however young an oplog, and so is one of which nothing is known', () => {
  expect(warningsOf({})).toEqual([]);
  expect(warningsOf({ oplogHeadroomSeconds: 0, lagSeconds: 5 })).toEqual([]);
  expect(warningsOf({ lagSeconds: null, oplogHeadroomSeconds: null })).toEqual([]);
});

it('one that is far behind says so, unless it is paused or nobody asked', () => {
  expect(warningsOf({ lagSeconds: 3_601 })).toEqual([expect.stringMatching(/^3601 s behind.*maxLagSeconds: 3600/)]);
  expect(warningsOf({ lagSeconds: 3_601, state: 'paused' })).toEqual([]);
  expect(warningsOf({ lagSeconds: 3_601 }, { maxLagSeconds: 0 })).toEqual([]);
});

it('one whose position nears the end of the oplog says so, also paused', () => {
  const near = { lagSeconds: 950, oplogHeadroomSeconds: 50 };
  for (const state of ['running', 'paused', 'held'] as const) {
    expect(warningsOf({ ...near, state })).toEqual([expect.stringMatching(/^only 5% .*minOplogHeadroomPercent: 10/)]);
  }
  expect(warningsOf(near, { minOplogHeadroomPercent: 0 })).toEqual([]);
  expect(warningsOf(near, { minOplogHeadroomSeconds: 60 })).toEqual([
    expect.stringMatching(/only 50 s before the position \(minOplogHeadroomSeconds: 60\)/),
  ]);
});
