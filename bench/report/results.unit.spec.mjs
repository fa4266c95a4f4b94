import { describe, expect, it } from 'vitest';
import { withResult } from './results.mjs';

const result = (name, at, { node = 'v20.19.0', quick = false } = {}) => ({ name, at, node, settings: { quick } });

describe('the results of a day', () => {
  it('accumulate, and what is measured again replaces its former figures', () => {
    const day = [result('consumer', 1), result('latency', 1)].reduce(withResult, []);
    expect(withResult(day, result('consumer', 2)).map(({ name, at }) => [name, at])).toEqual([
      ['latency', 1],
      ['consumer', 2],
    ]);
  });

  it('keep each major version of Node apart, and minor ones not', () => {
    const day = [result('consumer', 1)];
    expect(withResult(day, result('consumer', 2, { node: 'v24.0.0' }))).toHaveLength(2);
    expect(withResult(day, result('consumer', 2, { node: 'v20.20.0' }))).toHaveLength(1);
  });

  it('are not replaced by those of a quick run, except quick ones', () => {
    const quick = (at) => result('consumer', at, { quick: true });
    expect(withResult([result('consumer', 1)], quick(2))).toMatchObject([{ at: 1 }]);
    expect(withResult([quick(1)], quick(2))).toMatchObject([{ at: 2 }]);
    expect(withResult([quick(1)], result('consumer', 2))).toMatchObject([{ at: 2 }]);
  });
});
