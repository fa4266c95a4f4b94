import { describe, expect, it } from 'vitest';
import { feedReadiness } from './feed-readiness.policy.js';

const since = new Date(1_000);

describe("live push's readiness", () => {
  it('is given while the tail follows and the stream queue is bound', () => {
    expect(feedReadiness({ state: 'following', since }, new Date())).toEqual({
      ready: true,
      state: 'following',
      since,
    });
  });

  it('is missing otherwise, with since when and why', () => {
    expect(feedReadiness({ state: 'following', since }, undefined)).toMatchObject({ ready: false, state: 'joining' });
    expect(feedReadiness({ state: 'starting', since }, new Date())).toMatchObject({ ready: false, state: 'starting' });
    const error = new Error('stream "x" exists with other properties');
    expect(feedReadiness({ state: 'away', since, error }, new Date())).toEqual({
      ready: false,
      state: 'away',
      since,
      reason: error.message,
    });
  });
});
