import { MongoNetworkError, MongoServerError, MongoServerSelectionError, TopologyDescription } from 'mongodb';
import { describe, expect, it } from 'vitest';
import { meaningOf, type ReadFailureMeaning } from './read-failure.policy.js';
import { stoppingError } from './stopping.errors.js';
import { streamSchema } from '../config/streams-file.schema.js';

const serverError = (code: number, labels: string[] = []) =>
  new MongoServerError({ code, errmsg: `code ${code}`, errorLabels: labels });

describe('what a failed read means', () => {
  it.each<[number, ReadFailureMeaning]>([
    [43, 'reopen'],
    [280, 'history-lost'],
    [286, 'history-lost'],
    [260, 'invalid-token'],
    [10334, 'oversize'],
    [13, 'not-authorised'],
    [18, 'not-authorised'],
    [47, 'image-missing'],
    [40573, 'standalone'],
    [999_999, 'unknown'],
  ])('code %i: %s', (code, meaning) => {
    expect(meaningOf(serverError(code))).toBe(meaning);
  });

  it('goes by the label where the code is new', () => {
    expect(meaningOf(serverError(999_999, ['ResumableChangeStreamError']))).toBe('reopen');
  });

  it('believes a fatal code more than a resumable label', () => {
    expect(meaningOf(serverError(286, ['ResumableChangeStreamError']))).toBe('history-lost');
  });

  it("takes the network's failures for passing ones", () => {
    expect(meaningOf(new MongoNetworkError('gone'))).toBe('reopen');
    expect(meaningOf(new MongoServerSelectionError('none', {} as TopologyDescription))).toBe('reopen');
  });
});

describe('what a stopped stream says', () => {
  const stream = streamSchema.parse({ name: 'shop', scope: { database: 'shop' } });
  const cause = new Error('cause');

  it.each<[ReadFailureMeaning, RegExp]>([
    ['history-lost', /oplog no longer has it/],
    ['not-authorised', /"find" and "changeStream" on shop/],
    ['image-missing', /collMod/],
    ['standalone', /--replSet rs0.*rs\.initiate\(\)/],
  ])('%s: what to do', (meaning, says) => {
    expect(stoppingError(meaning, stream, cause)?.message).toMatch(says);
  });

  it.each<ReadFailureMeaning>(['reopen', 'unknown'])('nothing for "%s": it is opened again', (meaning) => {
    expect(stoppingError(meaning, stream, cause)).toBeUndefined();
  });
});
