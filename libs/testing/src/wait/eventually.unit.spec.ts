import { describe, expect, expectTypeOf, it } from 'vitest';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('gives the value of the first try that holds', async () => {
    const values = [undefined, null, false, 'here', 'later'];
    expect(await eventually(() => values.shift(), { intervalMs: 1 })).toBe('here');
  });

  it('tries again after an exception, also in a promise', async () => {
    let tries = 0;
    const value = await eventually(
      async () => {
        if (++tries < 3) throw new Error('not yet');
        return Promise.resolve(tries);
      },
      { intervalMs: 1 },
    );
    expect(value).toBe(3);
  });

  it('takes zero and the empty string for values, and types what it gives', async () => {
    const count = await eventually((): number | undefined => 0);
    expectTypeOf(count).toEqualTypeOf<number>();
    expect(count).toBe(0);
    expect(await eventually(() => '')).toBe('');
  });

  it('says at the end of its time what it saw last', async () => {
    const soon = { timeoutMs: 5, intervalMs: 1 };
    await expect(eventually(() => false, soon)).rejects.toThrow('did not hold within 5 ms: it last gave false');
    const cause = new Error('queue has 3 messages');
    const throwing = () => {
      throw cause;
    };
    await expect(eventually(throwing, soon)).rejects.toMatchObject({
      code: 'SLUICE-TEST-CONDITION-TIMEOUT',
      message: expect.stringContaining('it last threw queue has 3 messages') as string,
      cause,
    });
  });
});
