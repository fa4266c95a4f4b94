import type { Timestamp } from 'bson';
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

/** Values of ours beside the event's own bytes; numbers are int32. */
export type FieldValue = string | number | boolean | Date | Timestamp;

/** One format of a message's body: takes its fields in their order and keeps nothing else of them. */
export interface EnvelopeWriter {
  /** The value of an element of `bson`, as it is. */
  raw(name: string, bson: Uint8Array, element: BsonElement): void;
  value(name: string, value: FieldValue): void;
  /** An embedded document, whose fields follow until `end`. */
  begin(name: string): void;
  end(): void;
}

/** Fields of MongoDB's event that go into the envelope as they are. */
const COPIED = [
  'documentKey',
  'fullDocument',
  'fullDocumentBeforeChange',
  'updateDescription',
  'to',
  'wallTime',
] as const;

/** Writes the envelope's fields, in the same order in every format. */
export function writeEnvelope(change: RawChange, capture: Capture, to: EnvelopeWriter): void {
  to.value('id', capture.id);
  to.value('stream', capture.stream);
  to.value('operation', change.operation);
  writeNamespace(change, to);
  for (const name of COPIED) writeRaw(change, name, name, to);
  writeOmitted(change, to);
  writePosition(capture, to);
  writeTransaction(change, to);
  writeSource(change, capture, to);
  to.value('schemaVersion', SCHEMA_VERSION);
}

function writeNamespace({ ns: { db, coll } }: RawChange, to: EnvelopeWriter): void {
  to.begin('ns');
  if (db !== undefined) to.value('db', db);
  if (coll !== undefined) to.value('coll', coll);
  to.end();
}

function writeOmitted({ omitted }: RawChange, to: EnvelopeWriter): void {
  if (omitted === undefined) return;
  to.begin('omitted');
  for (const name of omitted) to.value(name, true);
  to.end();
}

function writePosition({ position: { clusterTime, generation, ordinal } }: Capture, to: EnvelopeWriter): void {
  to.begin('position');
  to.value('clusterTime', clusterTime);
  to.value('generation', generation);
  to.value('ordinal', ordinal);
  to.end();
}

function writeTransaction(change: RawChange, to: EnvelopeWriter): void {
  if (!change.fields.has('lsid') || !change.fields.has('txnNumber')) return;
  to.begin('transaction');
  writeRaw(change, 'lsid', 'lsid', to);
  writeRaw(change, 'txnNumber', 'txnNumber', to);
  to.end();
}

function writeSource(change: RawChange, { epoch, capturedAt }: Capture, to: EnvelopeWriter): void {
  to.begin('source');
  writeRaw(change, '_id', 'resumeToken', to);
  to.value('epoch', epoch);
  to.value('snapshot', false);
  to.value('capturedAt', capturedAt);
  to.end();
}

/** Where the event has the field. */
function writeRaw({ bson, fields }: RawChange, from: string, name: string, to: EnvelopeWriter): void {
  const element = fields.get(from);
  if (element !== undefined) to.raw(name, bson, element);
}
