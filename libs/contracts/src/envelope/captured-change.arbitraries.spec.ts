import { Timestamp } from 'bson';
import fc from 'fast-check';
import { BSON_TYPE } from '../codec/bson-type.js';
import {
  anyDateMs,
  anyText,
  int32,
  int64,
  rawArray,
  rawDocument,
  rawString,
  value,
  type RawField,
  type RawValue,
} from '../codec/raw-bson.arbitraries.spec.js';
import { OMITTABLE_FIELDS, type OmittableField } from '../change-event.js';
import type { Capture } from './envelope.fields.js';
import { readRawChange, withoutFields, type RawChange } from './raw-change.js';

/** A document's change as the server sends it, and what its producer adds. */
export interface CapturedChange {
  readonly change: RawChange;
  readonly capture: Capture;
  readonly pattern: string;
}

/** What a body's buffer begins with, in bytes. */
export const BUFFER_BYTES = 64 * 1024;
/** A body of more than this makes the next one begin with a small buffer again. */
export const LARGE_BYTES = 1024 * 1024;

const name = anyText.filter((text) => text !== '');
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const count = fc.oneof(fc.nat({ max: 9 }), fc.nat(), fc.constant(0x7fff_ffff));
const timestamp = fc.record({ t: uint32, i: uint32 }).map((parts) => new Timestamp(parts));

/** Mostly nothing; else what leaves the rest of the event to the end of a small buffer, or is larger than any kept one. */
const filler = fc
  .tuple(
    fc.constantFrom<[character: string, bytes: number]>(['x', 1], ['"', 2], ['\u0001', 6], ['é', 2], ['😀', 4]),
    fc.oneof(
      { weight: 12, arbitrary: fc.constant(0) },
      { weight: 8, arbitrary: fc.integer({ min: BUFFER_BYTES - 3_000, max: BUFFER_BYTES }) },
      { weight: 1, arbitrary: fc.nat({ max: LARGE_BYTES + BUFFER_BYTES }) },
    ),
  )
  .map(([[character, bytes], size]) => character.repeat(Math.floor(size / bytes)));

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const embedded = (bson: Buffer) => value(BSON_TYPE.document, bson);
const text = (content: string) => value(BSON_TYPE.string, rawString(content));
const fieldsOf = (values: Readonly<Record<string, RawValue | undefined>>): RawField[] =>
  Object.entries(values).flatMap(([field, content]) => (content === undefined ? [] : [[field, content] as const]));

function updates(documents: fc.Arbitrary<Buffer>): fc.Arbitrary<RawValue> {
  const truncated = fc.tuple(anyText, fc.nat()).map(([field, size]) =>
    embedded(
      rawDocument([
        ['field', text(field)],
        ['newSize', value(BSON_TYPE.int32, int32(size))],
      ]),
    ),
  );
  const list = (values: fc.Arbitrary<RawValue>) =>
    fc.array(values, { maxLength: 3 }).map((items) => value(BSON_TYPE.array, rawArray(items)));
  const parts = {
    updatedFields: documents.map(embedded),
    removedFields: list(anyText.map(text)),
    truncatedArrays: list(truncated),
    disambiguatedPaths: maybe(documents.map(embedded)),
  };
  return fc.record(parts).map((update) => embedded(rawDocument(fieldsOf(update))));
}

/** The fields that tell what happened, by operation. */
function happenings(documents: fc.Arbitrary<Buffer>): fc.Arbitrary<Readonly<Record<string, RawValue | undefined>>> {
  const document = documents.map(embedded);
  const orNull = fc.oneof(document, fc.constant(value(BSON_TYPE.null)));
  const operation = (word: string) => fc.constant(text(word));
  return fc.oneof(
    fc.record({ operationType: operation('insert'), fullDocument: document }),
    fc.record({ operationType: operation('replace'), fullDocument: document, fullDocumentBeforeChange: maybe(orNull) }),
    fc.record({
      operationType: operation('update'),
      fullDocument: maybe(orNull),
      fullDocumentBeforeChange: maybe(orNull),
      updateDescription: updates(documents),
    }),
    fc.record({ operationType: operation('delete'), fullDocumentBeforeChange: maybe(orNull) }),
  );
}

function serverEvents(documents: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  const key = fc.tuple(documents, filler).map(([id, rest]) =>
    embedded(
      rawDocument([
        ['_id', embedded(id)],
        ['rest', text(rest)],
      ]),
    ),
  );
  const namespace = fc.tuple(name, name).map(([db, coll]) =>
    embedded(
      rawDocument([
        ['db', text(db)],
        ['coll', text(coll)],
      ]),
    ),
  );
  const common = fc.record({
    _id: documents.map(embedded),
    clusterTime: timestamp.map(({ t, i }) => value(BSON_TYPE.timestamp, Buffer.concat([int32(i), int32(t)]))),
    ns: namespace,
    documentKey: key,
    wallTime: maybe(anyDateMs.map((ms) => value(BSON_TYPE.date, int64(BigInt(ms))))),
  });
  const transaction = fc.oneof(
    fc.constant({}),
    fc.record({
      lsid: documents.map(embedded),
      txnNumber: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map((number) => value(BSON_TYPE.int64, int64(number))),
    }),
  );
  return fc
    .tuple(common, happenings(documents), transaction)
    .map((parts) => rawDocument(parts.flatMap((part) => fieldsOf(part))));
}

const captures: fc.Arbitrary<Capture> = fc.record({
  id: name,
  stream: name,
  position: fc.record({ clusterTime: timestamp, generation: count, ordinal: count }),
  epoch: count,
  capturedAt: anyDateMs.map((ms) => new Date(ms)),
});

/** Changes whose documents are these, and whose names are whatever texts there are. */
export function capturedChanges(documents: fc.Arbitrary<Buffer>): fc.Arbitrary<CapturedChange> {
  const omitted: fc.Arbitrary<OmittableField[]> = fc.oneof(
    { weight: 3, arbitrary: fc.constant<OmittableField[]>([]) },
    { weight: 1, arbitrary: fc.subarray([...OMITTABLE_FIELDS]) },
  );
  return fc.record({
    change: fc
      .tuple(serverEvents(documents), omitted)
      .map(([bson, names]) => withoutFields(readRawChange(bson), names)),
    capture: captures,
    pattern: anyText,
  });
}

const brokenValues: fc.Arbitrary<RawValue> = fc.constantFrom(
  value(BSON_TYPE.string, Buffer.from([2, 0, 0, 0, 0xff, 0])), // no UTF-8
  value(BSON_TYPE.string, Buffer.from([9, 0, 0, 0, 0x61, 0])), // longer than there are bytes
  value(BSON_TYPE.boolean, Buffer.from([2])),
  value(BSON_TYPE.document, Buffer.from([99, 0, 0, 0, 0])),
  value(0x20, Buffer.alloc(4)), // no type
);

/** Documents that have good fields in front of what is no BSON, some levels deep. */
export function brokenDocuments(documents: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc.tuple(documents, brokenValues, fc.nat({ max: 4 })).map(([good, broken, levels]) => {
    let bson = rawDocument([['broken', broken]]);
    for (let level = 0; level < levels; level++) {
      bson = rawDocument([
        ['good', embedded(good)],
        ['inner', embedded(bson)],
      ]);
    }
    return bson;
  });
}
