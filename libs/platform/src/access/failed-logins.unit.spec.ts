import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FailedLogins } from './failed-logins.js';

function withClock() {
  const clock = { now: 0 };
  return { clock, logins: new FailedLogins(() => clock.now) };
}

describe('failed log-ins', () => {
  it('are looked at ten times, then once in six seconds', () => {
    const { clock, logins } = withClock();
    for (let n = 0; n < 10; n += 1) {
      expect(logins.retryAfterSeconds('10.0.0.1')).toBe(0);
      logins.note('10.0.0.1');
    }
    expect(logins.retryAfterSeconds('10.0.0.1')).toBe(6);
    clock.now += 5_999;
    expect(logins.retryAfterSeconds('10.0.0.1')).toBe(1);
    clock.now += 1;
    expect(logins.retryAfterSeconds('10.0.0.1')).toBe(0);
    logins.note('10.0.0.1');
    expect(logins.retryAfterSeconds('10.0.0.1')).toBe(6);
  });

  it.each([
    ['10.0.0.1', '10.0.0.2', false],
    ['::ffff:10.0.0.1', '10.0.0.1', true],
    ['2001:db8:1:2::5', '2001:db8:1:2:ffff::1', true],
    ['2001:db8:1:2::5', '2001:db8:1:3::5', false],
    ['2001:db8::5', '2001:db8:0:0:9::', true],
    ['::1', '::2', true],
  ])('of %s and %s count together: %s', (one, other, together) => {
    const { logins } = withClock();
    for (let n = 0; n < 10; n += 1) logins.note(one);
    expect(logins.retryAfterSeconds(other) > 0).toBe(together);
  });

  it('are remembered of so many addresses and no more, whatever comes, and the latest are among them', () => {
    const { logins } = withClock();
    const addresses = fc.sample(fc.ipV4(), { numRuns: 12_000, seed: 7 });
    for (const address of addresses) logins.note(address);
    expect(logins.addresses).toBe(10_000);
    for (let n = 0; n < 10; n += 1) logins.note('10.9.9.9');
    expect(logins.addresses).toBe(10_000);
    expect(logins.retryAfterSeconds('10.9.9.9')).toBe(6);
  });

  it('never let anybody wait longer than for one, and always in the end', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(20_000), { maxLength: 60 }), (pauses) => {
        const { clock, logins } = withClock();
        for (const pause of pauses) {
          logins.note('a');
          clock.now += pause;
          expect(logins.retryAfterSeconds('a')).toBeLessThanOrEqual(6);
        }
        clock.now += 6_000;
        expect(logins.retryAfterSeconds('a')).toBe(0);
      }),
    );
  });
});
