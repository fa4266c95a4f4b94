import { DBRef, type ObjectId } from 'bson';

const DB_REF_NAMES: ReadonlySet<string> = new Set(['$ref', '$id', '$db']);

/**
 * The driver gives a document that looks like a DBRef as one
 * (https://www.mongodb.com/docs/manual/reference/database-references/#dbrefs), so the same event must look the same
 * when it came as Extended JSON. Answers undefined for a document that does not look like one.
 */
export function dbRefOf(document: Record<string, unknown>): DBRef | undefined {
  const { $ref, $id, $db, ...fields } = document;
  if (typeof $ref !== 'string' || $id === undefined || $id === null) return undefined;
  if ('$db' in document && typeof $db !== 'string') return undefined;
  if (Object.keys(document).some((name) => name.startsWith('$') && !DB_REF_NAMES.has(name))) return undefined;
  // bson types the id as an ObjectId, but takes any value, and so does MongoDB.
  return new DBRef($ref, $id as ObjectId, typeof $db === 'string' ? $db : undefined, fields);
}
