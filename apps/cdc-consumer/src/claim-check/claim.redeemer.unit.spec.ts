import { claimOf, HEADER_CLAIM, type ChangeEvent } from '@sluice/contracts';
import { aReplace } from '@sluice/testing';
import { BSON } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { ClaimCorruptError, ClaimExpiredError } from './claim.errors.js';
import { ClaimRedeemer } from './claim.redeemer.js';
import { ClaimedBodies } from './claimed-bodies.js';

const whole: ChangeEvent = aReplace('shop.orders', { _id: 1, total: 5 });
const { fullDocument: _claimed, ...small } = { ...whole, fullDocument: undefined, omitted: { fullDocument: true } };
const claiming = small as unknown as ChangeEvent; // as its message brings it
const body = Buffer.from(BSON.serialize({ fullDocument: { _id: 1, total: 5 } }));
const claim = claimOf(whole.id, body);
const never = new AbortController().signal;

class StoredBodies extends ClaimedBodies {
  failures = 0;

  constructor(private readonly stored: readonly Buffer[]) {
    super();
  }
  async *copies(): AsyncGenerator<Buffer> {
    if (this.failures-- > 0) throw new Error('the state database is away');
    yield* await Promise.resolve(this.stored);
  }
}

const redeem = (stored: readonly Buffer[], header: unknown = claim, failures = 0) => {
  const bodies = new StoredBodies(stored);
  bodies.failures = failures;
  return new ClaimRedeemer(bodies).wholeOf(claiming, { [HEADER_CLAIM]: header }, never);
};

describe('an event that claims what it had no room for', () => {
  it('is made whole', async () => {
    expect(await redeem([body])).toEqual(whole);
  });

  it('is made whole from the copy that is right, where another is not', async () => {
    expect(await redeem([body.subarray(0, 9), body])).toEqual(whole);
  });

  it('waits while the state database is away', async () => {
    expect(await redeem([body], claim, 2)).toEqual(whole);
  });

  it('has expired where nothing is stored', async () => {
    await expect(redeem([])).rejects.toThrow(ClaimExpiredError);
  });

  it('is not made of other bytes than were stored', async () => {
    const wrong = Buffer.from(body);
    wrong[20] = (wrong[20] ?? 0) ^ 1;
    await expect(redeem([wrong])).rejects.toThrow(ClaimCorruptError);
  });

  it.each([
    ['of another event', claimOf('another', body)],
    ['that is no text', 5],
  ])('is refused with a claim %s', async (_what, header) => {
    await expect(redeem([body], header)).rejects.toThrow(/is not of this event|has no name/);
  });

  it('is refused where what is stored does not fit it', async () => {
    const other = Buffer.from(BSON.serialize({ fullDocument: 5 }));
    await expect(redeem([other], claimOf(whole.id, other))).rejects.toThrow(/does not fit the event/);
  });

  it('gives up its wait when its delivery is stopping', async () => {
    const bodies = new StoredBodies([]);
    bodies.failures = Number.POSITIVE_INFINITY;
    const stopping = new AbortController();
    const waiting = new ClaimRedeemer(bodies).wholeOf(claiming, { [HEADER_CLAIM]: claim }, stopping.signal);
    stopping.abort();
    await expect(waiting).rejects.toThrow(/aborted/);
  });
});

it('an event without a claim is left as it is', async () => {
  const redeemer = new ClaimRedeemer(new StoredBodies([]));
  expect(await redeemer.wholeOf(whole, undefined, never)).toBe(whole);
});
