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
    [40647, 'invalid-token'],
    [40649, 'invalid-token'],
    [50796, 'invalid-token'],
    [50811, 'invalid-token'],
    [206, 'reopen'],
    [10334, 'oversize'],
    [13, 'not-authorised'],
    [18, 'not-authorised'],
    [47, 'image-missing'],
    [40573, 'standalone'],
    [999_999, 'unknown'],
  ])('code %i: %s', (code, meaning) => {
    expect(meaningOf(serverError(code))).toBe(meaning);
  });

  it("takes a parser's failure for the token's where there is one, and else for the pipeline's", () => {
    expect(meaningOf(serverError(9), { behindToken: true })).toBe('invalid-token');
    expect(meaningOf(serverError(9))).toBe('unknown');
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
    ['history-lost', /oplog no longer has its position/],
    [
      'invalid-token',
      /does not accept its saved resume token \(cause\).*have it go on from now: POST \/api\/v1\/streams\/\w+\/pause/,
    ],
    ['oversize', /over 16 MB.*project large fields away/],
    ['not-authorised', /"find" and "changeStream" on shop \(cause\).*role "read"/],
    ['image-missing', /getSiblingDB\("<db>"\)\.runCommand\({ collMod: "<collection>"/],
    ['standalone', /--replSet rs0.*rs\.initiate\(\)/],
  ])('%s: what to do', (meaning, says) => {
    expect(stoppingError(meaning, stream, cause)?.message).toMatch(says);
  });

  it('names the collections that record no images, in commands to paste', () => {
    const error = stoppingError('image-missing', stream, cause, ['shop.orders', 'shop.old.orders']);
    for (const collection of ['orders', 'old.orders'])
      expect(error?.message).toContain(
        `db.getSiblingDB("shop").runCommand({ collMod: "${collection}", changeStreamPreAndPostImages: { enabled: true } })`,
      );
  });

  it('names all databases and their role to a stream of the whole deployment', () => {
    const whole = streamSchema.parse({ name: 'all', scope: { deployment: true } });
    expect(stoppingError('not-authorised', whole, cause)?.message).toMatch(/on all databases.*"readAnyDatabase"/);
  });

  it.each<ReadFailureMeaning>(['reopen', 'unknown'])('nothing for "%s": it is opened again', (meaning) => {
    expect(stoppingError(meaning, stream, cause)).toBeUndefined();
  });
});
