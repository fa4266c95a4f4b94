import { describe, expect, it } from 'vitest';
import { groupPutSchema, retireGroupQuerySchema, setPositionSchema } from '@sluice/contracts';
import { z } from 'zod';
import { RequestInvalidError } from './request-invalid.error.js';
import { RequestPipe } from './request.pipe.js';

function faults(schema: z.ZodType, value: unknown) {
  try {
    new RequestPipe().transform(value, { type: 'body', schema });
  } catch (error) {
    if (error instanceof RequestInvalidError) return error.errors;
    throw error;
  }
  return [];
}

describe('a request that its schema does not allow is told what is wrong in plain words', () => {
  it.each([
    ['an unknown field', { to: 'now', reason: 'x', force: 1 }, 'force', 'an unknown key', 'only to, by, reason'],
    ['a missing one', { to: 'now' }, 'reason', 'nothing', 'why, 1 to 500 characters'],
    ['another type', { to: 'now', reason: 5 }, 'reason', '5', 'why, 1 to 500 characters'],
    ['too short a text', { to: 'now', reason: '' }, 'reason', '""', 'why, 1 to 500 characters'],
    ['none of several', { to: 7, reason: 'x' }, 'to', '7', /"now", a time .* or a resume token/],
    ['no body', undefined, 'body', 'nothing', 'an object'],
    ['a list', [], 'body', '[]', 'an object'],
  ])('%s', (_what, value, field, found, allowed) => {
    const expected = typeof allowed === 'string' ? allowed : expect.stringMatching(allowed);
    expect(faults(setPositionSchema, value)).toEqual([{ field, found, allowed: expected }]);
  });

  it('every fault at once', () => {
    expect(
      faults(retireGroupQuerySchema, { dryRun: 'yes', queues: 'all' }).map(({ field, allowed }) => [field, allowed]),
    ).toEqual([
      ['dryRun', 'true or false'],
      ['reason', 'why, 1 to 500 characters'],
      ['queues', 'one of "keep", "delete", "discard"'],
    ]);
  });

  it.each([
    [{ partitions: 0, reason: 'x' }, ['partitions']],
    [{ partitions: 'x', reason: 'x' }, ['partitions']],
    [{ queues: [], patterns: ['insert.#'], reason: 'x' }, ['queues']],
  ])('of two kinds of body it is held to the one that was meant: %j', (value, fields) => {
    expect(faults(groupPutSchema, value).map(({ field }) => field)).toEqual(fields);
  });

  it('no word is zod’s own', () => {
    const schema = z.strictObject({
      a: z.int(),
      b: z.uuid(),
      c: z.array(z.boolean()).max(1),
      d: z.record(z.string(), z.number()),
      e: z.iso.datetime(),
      f: z.enum(['x', 'y']),
    });
    const said = JSON.stringify(faults(schema, { a: 1.5, b: 'x', c: [true, 1], d: { k: 'v' }, e: 'x', f: 'z', g: 1 }));
    expect(said).not.toMatch(/Invalid|expected|received|Unrecognized|Too (big|small)/);
  });
});
