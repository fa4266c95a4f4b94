import { BSON, Long, Timestamp } from 'bson';
import { describe, expect, it } from 'vitest';
import { claimedBodyOf, claimOf, isBodyOf, wholeEventOf } from './claim-check.js';
import { decodeChangeEvent, UnreadableMessageError } from './envelope/envelope.decoder.js';
import { encodeRawChange, type MessageFormat } from './envelope/envelope.encoder.js';
import { readRawChange, withoutFields } from './envelope/raw-change.js';

const clusterTime = new Timestamp({ t: 1_767_225_600, i: 7 });
const change = readRawChange(
  BSON.serialize({
    _id: { _data: '82AB' },
    operationType: 'update',
    clusterTime,
    ns: { db: 'shop', coll: 'orders' },
    documentKey: { _id: 1 },
    fullDocument: { _id: 1, text: 'after', count: Long.MAX_VALUE },
    fullDocumentBeforeChange: { _id: 1, text: 'before' },
    updateDescription: { updatedFields: { text: 'after' }, removedFields: [], truncatedArrays: [] },
  }),
);
const capture = {
  id: 'event-1',
  stream: 'shop',
  position: { clusterTime, generation: 0, ordinal: 0 },
  epoch: 1,
  capturedAt: new Date(0),
};
const eventOf = (raw: typeof change, format: MessageFormat) => {
  const { body, contentType } = encodeRawChange(raw, capture, 'update.shop.orders', format);
  return decodeChangeEvent(body, contentType).event;
};

describe.each<MessageFormat>(['json', 'bson'])('an event as %s that had no room for its documents', (format) => {
  const fitting = withoutFields(change, ['fullDocumentBeforeChange', 'fullDocument']);
  const body = claimedBodyOf(change, fitting);

  it('says which fields it has not', () => {
    const event = eventOf(fitting, format);
    expect(event.omitted).toEqual({ fullDocument: true, fullDocumentBeforeChange: true });
    expect(event).not.toHaveProperty('fullDocument');
    expect(event).toHaveProperty('updateDescription');
  });

  it('is with its claimed part what it would have been in one message', () => {
    expect(wholeEventOf(eventOf(fitting, format), body)).toEqual(eventOf(change, format));
  });

  it('is not made whole from something else', () => {
    const noBson = Buffer.from('not BSON');
    const otherFields = BSON.serialize({ fullDocument: 'no document' });
    for (const wrong of [noBson, otherFields]) {
      expect(() => wholeEventOf(eventOf(fitting, format), wrong)).toThrow(UnreadableMessageError);
    }
  });
});

describe('an event without a field that it must have', () => {
  it.each(['fullDocument', 'updateDescription'] as const)('is refused unless "omitted" names %s', (field) => {
    const operation = field === 'fullDocument' ? 'replace' : 'update';
    const raw = { ...change, operation };
    expect(eventOf(withoutFields(raw, [field]), 'json').omitted).toEqual({ [field]: true });
    const { omitted: _mark, ...silent } = withoutFields(raw, [field]);
    expect(() => eventOf(silent, 'json')).toThrow(new RegExp(`${field}: is missing and not named in "omitted"`));
  });

  it('does not count fields as omitted that the change never had', () => {
    const { fullDocument: _, ...fields } = Object.fromEntries(change.fields);
    const without = { ...change, fields: new Map(Object.entries(fields)) };
    expect(withoutFields(without, ['fullDocument'])).toBe(without);
  });
});

describe('a claim', () => {
  it('is the same for the same event and bytes, and stands for no others', () => {
    const body = Buffer.from('body');
    const claim = claimOf('event-1', body);
    expect(claim).toBe(claimOf('event-1', Buffer.from('body')));
    expect(isBodyOf(claim, body)).toBe(true);
    expect(isBodyOf(claim, Buffer.from('bodY'))).toBe(false);
    expect(claimOf('event-2', body)).not.toBe(claim);
  });
});
