import { Logger } from '@nestjs/common';
import { positionKey } from '@sluice/contracts';
import { aDrop, anInsert, eventually } from '@sluice/testing';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Consumption } from '../group/consumption.policy.js';
import type { StoredGroup } from '../group/stored-group.js';
import { UnmatchedEvents } from './unmatched-events.policy.js';

const NEVER = new AbortController().signal;

class Membership {
  current: StoredGroup | undefined;
  currentConsumption: Consumption = 'run';
  looks = 0;
  found: Consumption | Error = 'run';

  patterns(): string[] {
    return ['replace.shop.orders', 'drop.#'];
  }
  look(): Promise<boolean> {
    this.looks += 1;
    if (this.found instanceof Error) return Promise.reject(this.found);
    this.currentConsumption = this.found;
    return Promise.resolve(true);
  }
}

describe('an event without a handler', () => {
  let membership: Membership;
  let unmatched: UnmatchedEvents;
  beforeEach(() => {
    membership = new Membership();
    unmatched = new UnmatchedEvents(membership);
  });
  const customer = anInsert('shop.customers', { _id: 1 });

  it('is acknowledged without more ado where every group gets it', async () => {
    expect(await unmatched.areOurs(aDrop('shop.unknown'), NEVER)).toBe(true);
    expect(membership.looks).toBe(0);
  });

  it('is acknowledged after a look where the group has not changed', async () => {
    expect(await unmatched.areOurs(customer, NEVER)).toBe(true);
    expect(membership.looks).toBe(1);
  });

  it('is left where the group has got other handlers meanwhile', async () => {
    membership.found = 'outdated';
    expect(await unmatched.areOurs(customer, NEVER)).toBe(false);
  });

  it('waits while the state database is away, which alone can tell whose it is', async () => {
    membership.found = new Error('away');
    const answer = unmatched.areOurs(customer, NEVER);
    await eventually(() => membership.looks > 1);
    membership.found = 'outdated';
    expect(await answer).toBe(false);
  });

  it('is named where it waits for the state database', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    membership.found = new Error('away');
    const answer = unmatched.areOurs(customer, NEVER);
    await eventually(() => warn.mock.calls.length > 0);
    membership.found = 'run';
    await answer;
    const { id, stream, position } = customer;
    expect(warn.mock.calls[0]?.[0]).toMatchObject({ eventId: id, stream, position: positionKey(position) });
    warn.mockRestore();
  });

  it('waits no longer than its delivery', async () => {
    membership.found = new Error('away');
    const stopping = new AbortController();
    const answer = unmatched.areOurs(customer, stopping.signal);
    await eventually(() => membership.looks > 0);
    stopping.abort();
    await expect(answer).rejects.toThrow();
  });

  it('shares a look that has not begun', async () => {
    await Promise.all(Array.from({ length: 50 }, () => unmatched.areOurs(customer, NEVER)));
    expect(membership.looks).toBeLessThanOrEqual(2);
  });
});
