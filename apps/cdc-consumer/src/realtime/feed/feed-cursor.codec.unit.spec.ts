import { cursorSchema, positionKey } from '@sluice/contracts';
import { Timestamp } from 'mongodb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, identityOf, MOST_HEIGHTS, streamDigest } from './feed-cursor.codec.js';
import { FeedCursorError } from './feed-cursor.error.js';

const uint32 = fc.nat(0xffff_ffff);
const position = fc
  .record({ t: uint32, i: uint32, generation: fc.nat(999_999), ordinal: fc.nat(99_999_999) })
  .map(({ t, i, ...rest }) => positionKey({ clusterTime: new Timestamp({ t, i }), ...rest }));
const heights = fc.uniqueArray(fc.record({ stream: fc.string({ minLength: 1 }), position }), {
  maxLength: 8,
  selector: ({ stream }) => stream,
});

describe('a cursor', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: -1, max: 2 ** 47 }),
        fc.string(),
        heights,
        (queue, offset, id, own) => {
          const cursor = encodeCursor({ queue, offset, identity: identityOf(id), heights: own });
          expect(cursorSchema.safeParse(cursor).success).toBe(true);
          const decoded = decodeCursor(cursor);
          expect(decoded).toMatchObject({ offset, identity: identityOf(id) });
          expect(decoded.isOf(queue)).toBe(true);
          expect(decoded.isOf(`${queue}.`)).toBe(false);
          expect([...decoded.heights]).toEqual(own.map((each) => [streamDigest(each.stream), each.position]));
        },
      ),
    );
  });

  it('fits what a client may send, however many change streams there are', () => {
    const many = Array.from({ length: MOST_HEIGHTS }, (_, index) => ({
      stream: `stream ${index}`,
      position: '4294967295.4294967295.999999.99999999',
    }));
    const cursor = encodeCursor({ queue: 'q', offset: 2 ** 47, identity: undefined, heights: many });
    expect(cursorSchema.safeParse(cursor).success).toBe(true);
    expect(decodeCursor(cursor).heights.size).toBe(MOST_HEIGHTS);
    expect(decodeCursor(cursor).identity).toBeUndefined();
  });

  it('that was never handed out is refused, or stands for a place like any other', () => {
    for (const wrong of ['', 'c1.', 'c1.AAAA', 'c2.AAAA', 'hello'])
      expect(() => decodeCursor(wrong)).toThrow(FeedCursorError);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), (bytes) => {
        try {
          const { offset } = decodeCursor(`c1.${Buffer.from(bytes).toString('base64url')}`);
          expect(Number.isSafeInteger(offset)).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(FeedCursorError);
        }
      }),
    );
  });
});
