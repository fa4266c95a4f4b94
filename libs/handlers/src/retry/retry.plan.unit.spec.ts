import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { delayBoundMs, stepAfterFailure } from './retry.plan.js';
import { DEFAULT_RETRY_POLICY, retryPolicy } from './retry.policy.js';

const policies = fc
  .record({ attempts: fc.integer({ min: 1, max: 50 }), initialDelayMs: fc.nat(60_000), maxDelayMs: fc.nat(600_000) })
  .map((changes) => retryPolicy(DEFAULT_RETRY_POLICY, changes));
const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the plan of retries', () => {
  it('makes exactly as many calls as the policy allows', () => {
    fc.assert(
      fc.property(policies, chances, (policy, random) => {
        let calls = 1;
        while (stepAfterFailure(policy, calls, new Error(), random).kind === 'retry') calls++;
        expect(calls).toBe(policy.attempts);
      }),
    );
  });

  it('waits between nothing and the bound, and the bound never shrinks nor exceeds the maximum', () => {
    fc.assert(
      fc.property(policies, fc.integer({ min: 1, max: 5000 }), chances, (policy, attempt, random) => {
        const bound = delayBoundMs(policy, attempt);
        expect(bound).toBeLessThanOrEqual(policy.maxDelayMs);
        expect(delayBoundMs(policy, attempt + 1)).toBeGreaterThanOrEqual(bound);
        const step = stepAfterFailure({ ...policy, attempts: attempt + 1 }, attempt, undefined, random);
        if (step.kind !== 'retry') throw new Error('expected a retry');
        expect(step.delayMs).toBeGreaterThanOrEqual(0);
        expect(step.delayMs).toBeLessThanOrEqual(bound);
      }),
    );
  });

  it('doubles the bound with each failure by default', () => {
    expect([1, 2, 3, 4, 20].map((attempt) => delayBoundMs(DEFAULT_RETRY_POLICY, attempt))).toEqual([
      100, 200, 400, 800, 10_000,
    ]);
  });

  it('gives up at once when retryIf says that no repeat will help', () => {
    const policy = retryPolicy(DEFAULT_RETRY_POLICY, { retryIf: (error) => error !== 'hopeless' });
    expect(stepAfterFailure(policy, 1, 'hopeless', 0)).toEqual({ kind: 'give-up' });
    expect(stepAfterFailure(policy, 1, 'transient', 0).kind).toBe('retry');
  });
});

describe('a retry policy', () => {
  it('names every field that makes no sense', () => {
    expect(() => retryPolicy(DEFAULT_RETRY_POLICY, { attempts: 0, maxDelayMs: Number.NaN })).toThrow(
      /SLUICE-HANDLER-RETRY-INVALID.*attempts is 0.*maxDelayMs is NaN/,
    );
  });
});
