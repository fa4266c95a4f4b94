import { Long, type Timestamp } from 'bson';
import type { BsonElement } from '../codec/bson-walker.js';
import { SCHEMA_VERSION } from '../change-event.js';
import type { Position } from '../position.js';
import type { RawChange } from './raw-change.js';

/** What the producer knows of an event beside the event itself. */
export interface Capture {
  readonly id: string;
  readonly stream: string;
  readonly position: Position;
  readonly epoch: number;
  readonly capturedAt: Date;
}

export type FieldValue = string | number | boolean | Date | Timestamp | Long | readonly Field[];
/** A field of the envelope: raw bytes of the event, or a value of ours. */
export type Field =
  readonly [name: string, raw: BsonElement] | readonly [name: string, raw: undefined, value: FieldValue];

/** Fields of MongoDB's event that go into the envelope as they are. */
const COPIED = [
  'documentKey',
  'fullDocument',
  'fullDocumentBeforeChange',
  'updateDescription',
  'to',
  'wallTime',
] as const;

/** The envelope's fields in the order in which both formats write them. */
export function envelopeFields(change: RawChange, capture: Capture): Field[] {
  const { fields, ns } = change;
  const { position } = capture;
  const all: Field[] = [
    ['id', undefined, capture.id],
    ['stream', undefined, capture.stream],
    ['operation', undefined, change.operation],
    ['ns', undefined, namespaceFields(ns)],
  ];
  for (const name of COPIED) {
    const element = fields.get(name);
    if (element !== undefined) all.push([name, element]);
  }
  if (change.omitted !== undefined)
    all.push(['omitted', undefined, change.omitted.map((name) => [name, undefined, true])]);
  all.push([
    'position',
    undefined,
    [
      ['clusterTime', undefined, position.clusterTime],
      ['generation', undefined, position.generation],
      ['ordinal', undefined, position.ordinal],
    ],
  ]);
  const transaction = transactionFields(fields);
  if (transaction !== undefined) all.push(['transaction', undefined, transaction]);
  all.push(['source', undefined, sourceFields(change, capture)], ['schemaVersion', undefined, SCHEMA_VERSION]);
  return all;
}

function namespaceFields({ db, coll }: RawChange['ns']): Field[] {
  return [
    ...(db === undefined ? [] : [['db', undefined, db] as const]),
    ...(coll === undefined ? [] : [['coll', undefined, coll] as const]),
  ];
}

function transactionFields(fields: RawChange['fields']): Field[] | undefined {
  const lsid = fields.get('lsid');
  const txnNumber = fields.get('txnNumber');
  if (lsid === undefined || txnNumber === undefined) return undefined;
  return [
    ['lsid', lsid],
    ['txnNumber', txnNumber],
  ];
}

function sourceFields({ fields }: RawChange, { epoch, capturedAt }: Capture): Field[] {
  const token = fields.get('_id');
  return [
    ...(token === undefined ? [] : [['resumeToken', token] as const]),
    ['epoch', undefined, epoch],
    ['snapshot', undefined, false],
    ['capturedAt', undefined, capturedAt],
  ];
}
