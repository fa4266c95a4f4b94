import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { DEAD_LETTER_HEADERS } from '@sluice/contracts';
import type { MessageProperties } from 'amqplib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeadLetter } from './dead-letter.js';
import { deadLetterProperties } from './dead-letter.mapper.js';

/** amqplib's own encoder, which it does not export. */
const require = createRequire(import.meta.url);
const { encodeTable } = require(join(dirname(require.resolve('amqplib')), 'lib/codec.js')) as {
  encodeTable(buffer: Buffer, table: unknown, offset: number): number;
};

function letter(error: unknown, properties: Partial<MessageProperties> = {}): DeadLetter {
  const delivery = {
    queue: 'q',
    partition: 0,
    body: Buffer.alloc(0),
    properties: { headers: {}, ...properties } as MessageProperties, // the rest is undefined in amqplib's too
    exchange: 'e',
    routingKey: 'k',
    redelivered: false,
  };
  return {
    delivery,
    reason: 'handler-failed',
    error,
    attempts: 5,
    firstFailedAt: new Date(0),
    lastFailedAt: new Date(1000),
  };
}

const of = (error: unknown, properties?: Partial<MessageProperties>) =>
  deadLetterProperties(letter(error, properties), 'mirror', 'id-1');

describe("a dead letter's properties", () => {
  it('say what failed and when, beside the headers of the message', () => {
    const { headers } = of(new TypeError('no'), { headers: { theirs: 1 } });
    expect(headers).toMatchObject({
      theirs: 1,
      [DEAD_LETTER_HEADERS.id]: 'id-1',
      [DEAD_LETTER_HEADERS.errorName]: 'TypeError',
      [DEAD_LETTER_HEADERS.errorMessage]: 'no',
      [DEAD_LETTER_HEADERS.attempts]: 5,
      [DEAD_LETTER_HEADERS.firstFailedAt]: '1970-01-01T00:00:00.000Z',
      [DEAD_LETTER_HEADERS.lastFailedAt]: '1970-01-01T00:00:01.000Z',
    });
    expect(headers).not.toHaveProperty(DEAD_LETTER_HEADERS.handler);
  });

  it("keep the message's own, without what would lose, refuse or spread the letter", () => {
    const properties = of(new Error('no'), {
      messageId: 'm',
      contentType: 'text/xml',
      timestamp: 7,
      expiration: '1000',
      userId: 'someone',
      headers: { CC: ['a'], BCC: ['b'], kept: true },
    });
    expect(properties).toMatchObject({ messageId: 'm', contentType: 'text/xml', timestamp: 7, persistent: true });
    expect(properties).not.toHaveProperty('expiration');
    expect(properties).not.toHaveProperty('userId');
    expect(properties.headers).toMatchObject({ kept: true });
    expect(properties.headers).not.toHaveProperty('CC');
    expect(properties.headers).not.toHaveProperty('BCC');
  });

  it.each([
    ['a string', 'plain', 'string', 'plain'],
    ['nothing', undefined, 'undefined', 'undefined'],
    ['null', null, 'null', 'null'],
    ['an object', { code: 7 }, 'object', '{"code":7}'],
  ])('name what was thrown: %s', (_what, thrown, name, message) => {
    expect(of(thrown).headers).toMatchObject({
      [DEAD_LETTER_HEADERS.errorName]: name,
      [DEAD_LETTER_HEADERS.errorMessage]: message,
    });
  });

  it('stay within 4 KB a text, cut between characters, whatever is thrown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.integer({ min: 1, max: 60 }), (text, times) => {
        const message = text.repeat(times);
        const kept = String(of(new Error(message)).headers?.[DEAD_LETTER_HEADERS.errorMessage]);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(4_096);
        expect(message.startsWith(kept)).toBe(true);
        if (Buffer.byteLength(message) <= 4_096) expect(kept).toBe(message);
      }),
    );
  });

  it('leave out what cannot be sent, and name it: the letter itself always can', () => {
    const { headers } = of(new Error('no'), { headers: { small: 1, wide: 'y'.repeat(40_000), long: 5n, last: 'z' } });
    expect(headers).toMatchObject({ small: 1, last: 'z', [DEAD_LETTER_HEADERS.leftOut]: 'wide, long' });
    expect(headers).not.toHaveProperty('wide');
  });

  it('can be encoded, whatever a foreign message and its failure hold', () => {
    const typed = fc.record({ '!': fc.constantFrom('timestamp', 'decimal', 'int8', 'other'), value: fc.anything() });
    const value = fc.oneof(fc.string({ size: 'large' }), fc.anything({ withBigInt: true }), typed);
    const headers = fc.dictionary(fc.string({ maxLength: 60 }), value, { maxKeys: 40 });
    fc.assert(
      fc.property(headers, fc.string({ size: 'large' }), (foreign, text) => {
        const properties = of(new Error(text), { headers: { ...foreign, wide: 'é'.repeat(text.length * 100) } });
        expect(() => encodeTable(Buffer.alloc(65_536), properties.headers, 0)).not.toThrow();
      }),
    );
  });
});
