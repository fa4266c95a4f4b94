import { hash } from 'node:crypto';
import { Timestamp } from 'bson';
import { BSON_TYPE } from '../codec/bson-type.js';
import { int32At } from '../codec/bson-bounds.js';
import { documentSlice, wordOf } from '../codec/bson-value.js';
import { elementsOf, walkElements, type BsonElement } from '../codec/bson-walker.js';
import type { OmittableField } from '../change-event.js';
import type { Namespace } from '../namespace.js';

/** A change event as the server sent it: its bytes, and the fields that routing and positions need. */
export interface RawChange {
  readonly bson: Uint8Array;
  readonly fields: ReadonlyMap<string, BsonElement>;
  /** As MongoDB names it; may be one that we do not know. */
  readonly operation: string;
  /** Empty for `invalidate`, without `coll` for `dropDatabase`. */
  readonly ns: Partial<Namespace>;
  readonly clusterTime: Timestamp;
  /** The raw document in `_id`: opaque. */
  readonly resumeToken: Uint8Array;
  /** The token that the event's id is a hash of: that of a split event's first fragment, however many there are. */
  readonly identity: Uint8Array;
  /** Fields that the change has and `fields` has no more. */
  readonly omitted?: readonly OmittableField[];
}

/** An event lacks a field without which it can be neither routed nor resumed after. */
export class IncompleteChangeError extends Error {
  readonly code = 'SLUICE-CHANGE-INCOMPLETE';
  constructor(readonly field: string) {
    super(
      `a change event without "${field}": a pipeline must not remove _id, operationType, ns, documentKey or clusterTime`,
    );
    this.name = 'IncompleteChangeError';
  }
}

/**
 * Reads the few fields of a raw event that every event needs; the documents in it stay bytes.
 * @throws MalformedBsonError, IncompleteChangeError
 */
export function readRawChange(bson: Uint8Array, fields = elementsOf(bson)): RawChange {
  const operation = wordOf(bson, required(fields, 'operationType'));
  const resumeToken = documentSlice(bson, required(fields, '_id'));
  return {
    bson,
    fields,
    operation,
    ns: namespaceOf(bson, fields),
    clusterTime: timestampOf(bson, required(fields, 'clusterTime')),
    resumeToken,
    identity: resumeToken,
  };
}

/** The change without these fields, marked as such. Those that it does not have are not counted as omitted. */
export function withoutFields(change: RawChange, names: readonly OmittableField[]): RawChange {
  const fields = new Map(change.fields);
  const omitted = names.filter((name) => fields.delete(name));
  return omitted.length === 0 ? change : { ...change, fields, omitted: [...(change.omitted ?? []), ...omitted] };
}

/** A hash of the resume token: the same for a change however often and through whatever pipeline it is read. */
export function eventIdOf(resumeToken: Uint8Array): string {
  return hash('sha256', resumeToken, 'hex').slice(0, 32);
}

function required(fields: ReadonlyMap<string, BsonElement>, name: string): BsonElement {
  const element = fields.get(name);
  if (element === undefined) throw new IncompleteChangeError(name);
  return element;
}

function namespaceOf(bson: Uint8Array, fields: ReadonlyMap<string, BsonElement>): Partial<Namespace> {
  const ns = fields.get('ns');
  if (ns?.type !== BSON_TYPE.document) return {};
  const found: { db?: string; coll?: string } = {};
  walkElements(bson, ns.start, (part) => {
    if (part.name === 'db') found.db = wordOf(bson, part);
    else if (part.name === 'coll') found.coll = wordOf(bson, part);
  });
  return found;
}

/** BSON keeps the increment in the low four bytes and the seconds in the high ones. */
function timestampOf(bson: Uint8Array, element: BsonElement): Timestamp {
  if (element.type !== BSON_TYPE.timestamp) throw new IncompleteChangeError('clusterTime');
  return new Timestamp({ t: int32At(bson, element.start + 4) >>> 0, i: int32At(bson, element.start) >>> 0 });
}
