import { BSON, Decimal128, Long, ObjectId, Timestamp } from 'bson';
import { describe, expect, it } from 'vitest';
import { decodeChangeEvent, UnreadableMessageError } from './envelope.decoder.js';
import { encodeChangeEvent, encodeRawChange, type MessageFormat } from './envelope.encoder.js';
import type { Capture } from './envelope.fields.js';
import { eventIdOf, IncompleteChangeError, readRawChange } from './raw-change.js';

const clusterTime = new Timestamp({ t: 1_767_225_600, i: 7 });
const fullDocument = {
  _id: new ObjectId(),
  total: Decimal128.fromString('12.50'),
  items: [{ sku: 'a', quantity: 3 }],
  views: Long.MAX_VALUE,
  at: new Date(0),
  ratio: 0.5,
  nothing: null,
};
const serverEvent = {
  _id: { _data: '82ABCDEF' },
  operationType: 'update',
  clusterTime,
  wallTime: new Date(1_767_225_600_123),
  ns: { db: 'shop', coll: 'orders.eu' },
  documentKey: { _id: fullDocument._id },
  updateDescription: { updatedFields: { views: Long.MAX_VALUE }, removedFields: [], truncatedArrays: [] },
  fullDocument,
  lsid: { id: new BSON.UUID(), uid: new BSON.Binary(new Uint8Array(32)) },
  txnNumber: Long.fromNumber(5),
};
const capture: Capture = {
  id: 'event-1',
  stream: 'shop',
  position: { clusterTime, generation: 2, ordinal: 9 },
  epoch: 4,
  capturedAt: new Date(1_767_225_600_456),
};

describe.each<MessageFormat>(['json', 'bson'])('an event as %s', (format) => {
  it('reaches the reader with every value in its BSON type', () => {
    const { body, contentType } = encodeRawChange(
      readRawChange(BSON.serialize(serverEvent)),
      capture,
      'update.shop.orders.eu',
      format,
    );
    const { pattern, event } = decodeChangeEvent(body, contentType);
    expect(pattern).toBe('update.shop.orders.eu');
    expect(event).toEqual({
      id: 'event-1',
      stream: 'shop',
      operation: 'update',
      ns: serverEvent.ns,
      documentKey: serverEvent.documentKey,
      fullDocument,
      updateDescription: serverEvent.updateDescription,
      wallTime: serverEvent.wallTime,
      position: capture.position,
      transaction: { lsid: serverEvent.lsid, txnNumber: serverEvent.txnNumber },
      source: { resumeToken: serverEvent._id, epoch: 4, snapshot: false, capturedAt: capture.capturedAt },
      schemaVersion: 1,
    });
  });

  it('comes back from an object as it was', () => {
    const raw = encodeRawChange(readRawChange(BSON.serialize(serverEvent)), capture, 'update.shop.orders.eu', format);
    const { event } = decodeChangeEvent(raw.body, raw.contentType);
    const again = encodeChangeEvent(event, format);
    expect(decodeChangeEvent(again.body, again.contentType).event).toEqual(event);
  });
});

describe('a plain reader', () => {
  it("finds Nest's pattern and data in the JSON body", () => {
    const { body } = encodeRawChange(
      readRawChange(BSON.serialize(serverEvent)),
      capture,
      'update.shop.orders.eu',
      'json',
    );
    expect(JSON.parse(body.toString())).toMatchObject({
      pattern: 'update.shop.orders.eu',
      data: { id: 'event-1', position: { generation: 2, ordinal: 9 }, ns: { db: 'shop', coll: 'orders.eu' } },
    });
  });
});

describe('what is not a change event', () => {
  it.each([
    ['text', Buffer.from('hello'), 'application/json'],
    ['JSON of another shape', Buffer.from('{"pattern":"x","data":{}}'), 'application/json'],
    ['a truncated BSON document', BSON.serialize({ pattern: 'x' }).subarray(0, 9), 'application/bson'],
    ['a foreign content type', Buffer.from('<a/>'), 'text/xml'],
    ['bytes that are no text', Buffer.from([0xff, 0xfe]), undefined],
  ])('is refused with what is wrong: %s', (_what, body, contentType) => {
    expect(() => decodeChangeEvent(body, contentType)).toThrow(UnreadableMessageError);
  });

  it('names the field that a pipeline took away', () => {
    const { clusterTime: _removed, ...rest } = serverEvent;
    expect(() => readRawChange(BSON.serialize(rest))).toThrow(new IncompleteChangeError('clusterTime'));
  });
});

describe("an event's id", () => {
  it('is the same for the same token and short enough for a message id', () => {
    const token = BSON.serialize({ _data: 'x'.repeat(2000) });
    expect(eventIdOf(token)).toBe(eventIdOf(Uint8Array.from(token)));
    expect(eventIdOf(token)).toMatch(/^[0-9a-f]{32}$/);
  });
});
