import { Timestamp } from 'bson';
import { SCHEMA_VERSION, type DocumentEvent } from '../change-event.js';
import { isDocument, type Fields } from '../fields.js';

/**
 * Whether a value is a change of a document, of the fields that nearly all have and no others: then `changeEventSchema`
 * would answer it as it is. Whatever this does not say yes to is the schema's, which also says what is wrong. The
 * schema takes five times as long, for each event that a consumer reads.
 */
export function isOrdinaryDocumentEvent(value: unknown): value is DocumentEvent {
  if (!isDocument(value)) return false;
  for (const name in value) if (!KNOWN.has(name)) return false;
  const { id, stream, ns, position, source, wallTime, schemaVersion, documentKey } = value;
  return (
    isText(id) &&
    isText(stream) &&
    isNamespace(ns) &&
    isPosition(position) &&
    isSource(source) &&
    (wallTime === undefined || isDate(wallTime)) &&
    schemaVersion === SCHEMA_VERSION &&
    isDocument(documentKey) &&
    '_id' in documentKey &&
    hasItsDocument(value)
  );
}

/** Without `transaction`, `omitted` and pre-images, which are seldom there and whose rules are the schema's. */
const KNOWN: ReadonlySet<string> = new Set([
  'id',
  'stream',
  'operation',
  'ns',
  'documentKey',
  'fullDocument',
  'updateDescription',
  'wallTime',
  'position',
  'source',
  'schemaVersion',
]);

const KNOWN_OF_UPDATE: ReadonlySet<string> = new Set(['updatedFields', 'removedFields', 'truncatedArrays']);

function hasItsDocument({ operation, fullDocument, updateDescription }: Fields): boolean {
  switch (operation) {
    case 'insert':
    case 'replace':
      return isDocument(fullDocument) && updateDescription === undefined;
    case 'update':
      return isUpdate(updateDescription) && (fullDocument === null || isDocument(fullDocument));
    case 'delete':
      return fullDocument === undefined && updateDescription === undefined;
    default:
      return false;
  }
}

function isUpdate(value: unknown): boolean {
  if (!isDocument(value)) return false;
  for (const name in value) if (!KNOWN_OF_UPDATE.has(name)) return false;
  const { updatedFields, removedFields, truncatedArrays } = value;
  if (truncatedArrays !== undefined && !(Array.isArray(truncatedArrays) && truncatedArrays.length === 0)) return false;
  return isDocument(updatedFields) && Array.isArray(removedFields) && removedFields.every(isString);
}

function isNamespace(value: unknown): boolean {
  return isDocument(value) && hasOnly(value, 2) && isText(value['db']) && isText(value['coll']);
}

function isPosition(value: unknown): boolean {
  if (!isDocument(value) || !hasOnly(value, 3)) return false;
  const { clusterTime, generation, ordinal } = value;
  return clusterTime instanceof Timestamp && isCount(generation) && isCount(ordinal);
}

function isSource(value: unknown): boolean {
  if (!isDocument(value) || !hasOnly(value, 4)) return false;
  const { resumeToken, epoch, snapshot, capturedAt } = value;
  return isDocument(resumeToken) && isCount(epoch) && typeof snapshot === 'boolean' && isDate(capturedAt);
}

/** So many names: with as many fields found by name there is no other. */
function hasOnly(value: Fields, names: number): boolean {
  let count = 0;
  for (const _ in value) count += 1;
  return count === names;
}

function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function isString(value: unknown): boolean {
  return typeof value === 'string';
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isDate(value: unknown): boolean {
  return value instanceof Date && !Number.isNaN(value.getTime());
}
