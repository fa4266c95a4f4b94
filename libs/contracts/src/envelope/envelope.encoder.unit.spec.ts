import assert from 'node:assert/strict';
import { Binary, BSON, BSONRegExp, Code, Decimal128, EJSON, Long, ObjectId, Timestamp } from 'bson';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documentOf } from '../codec/bson-value.js';
import { extendedJsonOf } from '../codec/extended-json.writer.js';
import { MalformedBsonError } from '../codec/malformed-bson.error.js';
import { anyDocuments, plainDocuments } from '../codec/raw-bson.arbitraries.spec.js';
import {
  brokenDocuments,
  BUFFER_BYTES,
  capturedChanges,
  LARGE_BYTES,
  type CapturedChange,
} from './captured-change.arbitraries.spec.js';
import { BsonBodyWriter } from './bson-body.writer.js';
import { decodeChangeEvent, UnreadableMessageError } from './envelope.decoder.js';
import { encodeRawChange, type MessageFormat } from './envelope.encoder.js';
import { writeEnvelope } from './envelope.fields.js';
import { JsonBodyWriter } from './json-body.writer.js';
import { readRawChange } from './raw-change.js';

type Json = Record<string, unknown>;

/** How values of our own are spelled; as they are where nothing else is said. */
interface Spelling {
  readonly timestamp: (value: Timestamp) => unknown;
  readonly date: (value: Date) => unknown;
}
const ITSELF: Spelling = { timestamp: (value) => value, date: (value) => value };
const EXTENDED_JSON: Spelling = {
  timestamp: ({ t, i }) => ({ $timestamp: { t, i } }),
  date: (value) => ({ $date: { $numberLong: String(value.getTime()) } }),
};

const encode = ({ change, capture, pattern }: CapturedChange, format: MessageFormat) =>
  encodeRawChange(change, capture, pattern, format);

/** The message that a change must come to; `server` is the server's event as its reader would have it. */
function messageOf({ change, capture, pattern }: CapturedChange, server: Json, spelling = ITSELF): Json {
  const { id, stream, position, epoch, capturedAt } = capture;
  const { omitted } = change;
  const copied = ['documentKey', 'fullDocument', 'fullDocumentBeforeChange', 'updateDescription', 'wallTime'];
  const isThere = (field: string) => change.fields.has(field);
  const data = {
    id,
    stream,
    operation: server['operationType'],
    ns: server['ns'],
    ...Object.fromEntries(copied.filter(isThere).map((field) => [field, server[field]])),
    ...(omitted && { omitted: Object.fromEntries(omitted.map((field) => [field, true])) }),
    position: { ...position, clusterTime: spelling.timestamp(position.clusterTime) },
    ...(isThere('lsid') && { transaction: { lsid: server['lsid'], txnNumber: server['txnNumber'] } }),
    source: { resumeToken: server['_id'], epoch, snapshot: false, capturedAt: spelling.date(capturedAt) },
    schemaVersion: 1,
  };
  return { pattern, data };
}

/** Writes what takes so much room that the next body's buffer begins small again. */
function shrinkBuffer({ change, capture }: CapturedChange, format: MessageFormat): void {
  encodeRawChange(change, capture, 'x'.repeat(LARGE_BYTES / 2), format); // three bytes a character are made room for
}

const runs = { numRuns: 80 };
const changes = capturedChanges(anyDocuments);
const plainChanges = capturedChanges(plainDocuments);

describe.each<MessageFormat>(['json', 'bson'])('any changes as %s, one behind the other', (format) => {
  it('are decoded as the events that they are, each out of bytes of its own', () => {
    fc.assert(
      fc.property(fc.array(changes, { minLength: 1, maxLength: 3 }), (captured) => {
        captured.slice(0, 1).forEach((first) => shrinkBuffer(first, format));
        const messages = captured.map((each) => encode(each, format));
        for (const [index, each] of captured.entries()) {
          const { body, contentType } = messages[index] ?? assert.fail();
          const { pattern, event } = decodeChangeEvent(body, contentType);
          assert.deepStrictEqual({ pattern, data: event }, messageOf(each, documentOf(each.change.bson)));
        }
      }),
      runs,
    );
  });

  it('are written as ever behind one of which the writing broke off', () => {
    fc.assert(
      fc.property(changes, changes, capturedChanges(brokenDocuments(anyDocuments)), (before, after, broken) => {
        const expected = [encode(before, format).body, encode(after, format).body];
        const uncountable = { ...broken.capture, position: { ...broken.capture.position, generation: 2 ** 31 } };
        const first = encode(before, format).body;
        expect(() => encode({ ...broken, capture: uncountable }, format)).toThrow(
          format === 'json' ? MalformedBsonError : RangeError,
        );
        const bodies = [first, encode(after, format).body];
        assert(expected.every((body, index) => bodies[index]?.equals(body)));
      }),
      runs,
    );
  });
});

describe.each([
  ['JSON', () => new JsonBodyWriter()],
  ['BSON', () => new BsonBodyWriter()],
])('an event as %s', (_format, newWriter) => {
  const write = ({ change, capture }: CapturedChange, to: ReturnType<typeof newWriter>) => {
    writeEnvelope(change, capture, to.start());
    return to.finish();
  };

  it('is written whole, at whichever of its bytes the buffer ends and has to grow', () => {
    const { length } = write(changeOf(0), newWriter());
    for (let size = BUFFER_BYTES - length; size <= BUFFER_BYTES; size++) {
      const captured = changeOf(size);
      const writer = newWriter();
      const grown = write(captured, writer);
      assert(write(captured, writer).equals(grown), `with a key of ${size} bytes`); // the buffer has room now
    }
  });
});

describe.each(['json', 'bson'] as const)('a body of megabytes as %s', (format) => {
  it('is memory of its own, which the bodies after it leave as it is', () => {
    const sizes = [3_000_000, 1_500_000, 100, 1_200_000, 700_000];
    const written = sizes.map((size) => ({ captured: changeOf(size), body: encode(changeOf(size), format).body }));
    for (const { captured, body } of written) assert(encode(captured, format).body.equals(body));
    for (const [index, { body }] of written.entries()) assert(body.length > (sizes[index] ?? 0));
  });
});

describe('a JSON body of any change', () => {
  it('is what JSON.parse reads', () => {
    fc.assert(
      fc.property(changes, (captured) => {
        const server = JSON.parse(extendedJsonOf(captured.change.bson)) as Json;
        const body = JSON.parse(encode(captured, 'json').body.toString()) as unknown;
        assert.deepStrictEqual(body, messageOf(captured, server, EXTENDED_JSON));
      }),
      runs,
    );
  });

  it('is what EJSON reads, for every type that EJSON keeps', () => {
    fc.assert(
      fc.property(plainChanges, (captured) => {
        const server = ejsonParsed(ejsonOf(captured.change.bson)) as Json;
        const body = EJSON.parse(encode(captured, 'json').body.toString()) as unknown;
        assert.deepStrictEqual(body, messageOf(captured, server));
      }),
      runs,
    );
  });
});

describe('a change that holds what is no BSON', () => {
  const broken = capturedChanges(brokenDocuments(anyDocuments));

  it('is refused by who writes JSON, and by who reads BSON', () => {
    fc.assert(
      fc.property(broken, (captured) => {
        expect(() => encode(captured, 'json')).toThrow(MalformedBsonError);
        const { body, contentType } = encode(captured, 'bson');
        expect(() => decodeChangeEvent(body, contentType)).toThrow(UnreadableMessageError);
      }),
      runs,
    );
  });
});

/** A change with values of many types behind a key of so many bytes. */
function changeOf(keyBytes: number): CapturedChange {
  const clusterTime = new Timestamp({ t: 1_767_225_600, i: 7 });
  const scalars = [1, -1, 2 ** 40, 0.1, -0, Long.MIN_VALUE, Decimal128.fromString('-1.5E+9'), true, null, clusterTime];
  const texts = [
    '',
    'a"b\\\u0001é😀',
    new BSONRegExp('^a', 'i'),
    new Code('f', { é: 1 }),
    new Binary(Buffer.from('bytes')),
  ];
  const server = {
    _id: { _data: '82ABCDEF' },
    operationType: 'insert',
    clusterTime,
    ns: { db: 'shop', coll: 'ordérs"' },
    documentKey: { _id: 'x'.repeat(keyBytes) },
    fullDocument: { scalars, texts, nested: { $date: new Date(-1), id: new ObjectId('0123456789abcdef01234567') } },
  };
  const position = { clusterTime, generation: 2, ordinal: 123_456 };
  const capture = { id: 'event-1', stream: 'shop', position, epoch: 4, capturedAt: new Date(-1_767_225_600_456) };
  return { change: readRawChange(BSON.serialize(server)), capture, pattern: 'insert.shop.ordérs"' };
}

function ejsonOf(bson: Uint8Array): string {
  return EJSON.stringify(BSON.deserialize(bson, { promoteValues: false, promoteBuffers: false, bsonRegExp: true }), {
    relaxed: false,
  });
}

/** EJSON.parse knows no binary of subtype 4 with another length than a UUID's: such documents are left out. */
function ejsonParsed(text: string): unknown {
  try {
    return EJSON.parse(text) as unknown;
  } catch {
    return fc.pre(false);
  }
}
