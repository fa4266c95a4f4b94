import type { BsonDocument, UpdateDescription } from '@sluice/contracts';

/** The document after an update, or why the update does not fit the document. */
export type UpdatedDocument =
  { readonly isApplied: true; readonly document: BsonDocument } | { readonly isApplied: false; readonly why: string };

/** Steps from a document to one of its values: a name, or the number of an array's element. */
type Path = readonly (string | number)[];
type Change = (value: unknown) => unknown;

/** Says that a value is to be taken out; what an array leaves in its place is null, as with `$unset`. */
const GONE = Symbol('gone');

const takenOut: Change = () => GONE;

class Unfit extends Error {}

/**
 * Does to a document what an update did to it
 * (https://www.mongodb.com/docs/manual/reference/change-events/update/): arrays are shortened, then fields removed,
 * then set. The document that is given stays as it is. Where the description says nothing else, a number in a path is
 * an element if it meets an array, and a field's name otherwise.
 */
export function withUpdate(document: BsonDocument, description: UpdateDescription): UpdatedDocument {
  const { truncatedArrays = [], removedFields = [], updatedFields = {}, disambiguatedPaths = {} } = description;
  const steps: [string, Change][] = [
    ...truncatedArrays.map(({ field, newSize }): [string, Change] => [
      field,
      (value) => shortened(value, field, newSize),
    ]),
    ...removedFields.map((field): [string, Change] => [field, takenOut]),
    ...Object.entries(updatedFields).map(([field, value]): [string, Change] => [field, () => value]),
  ];
  try {
    const changed = steps.reduce((state: unknown, [field, change]) => {
      const said = disambiguatedPaths[field];
      return changedAt(state, Array.isArray(said) ? (said as Path) : guessedPath(field), change, said === undefined);
    }, document);
    return { isApplied: true, document: changed as BsonDocument }; // a change of a document's field gives a document
  } catch (error) {
    if (error instanceof Unfit) return { isApplied: false, why: error.message };
    throw error;
  }
}

function guessedPath(field: string): Path {
  return field.split('.');
}

function changedAt(value: unknown, path: Path, change: Change, isGuess: boolean): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return change(value);
  if (Array.isArray(value)) return changedElement(value, step, (each) => changedAt(each, rest, change, isGuess));
  if (value === undefined && change === takenOut) return undefined; // nothing on the way to it either
  if (!isPlainDocument(value)) throw new Unfit(`"${path.join('.')}" leads into a value that has no fields`);
  if (isGuess && value !== undefined) assertNoDottedName(value, path);
  return changedField(value ?? {}, String(step), (each) => changedAt(each, rest, change, isGuess));
}

function changedField(document: BsonDocument, name: string, change: Change): BsonDocument {
  const isThere = Object.hasOwn(document, name);
  const changed = change(isThere ? document[name] : undefined);
  if (changed === undefined && !isThere) return document;
  if (changed !== GONE) return { ...document, [name]: changed };
  return isThere ? Object.fromEntries(Object.entries(document).filter(([each]) => each !== name)) : document;
}

/** Elements between the end and a later index become null, as with `$set`. */
function changedElement(array: readonly unknown[], step: string | number, change: Change): unknown[] {
  const index = Number(step);
  if (!/^\d+$/.test(String(step))) throw new Unfit(`"${step}" is no element of an array`);
  const changed = change(array[index]);
  if (changed === GONE && index >= array.length) return [...array];
  const padding = Array.from({ length: Math.max(0, index - array.length) }, () => null);
  return [...array.slice(0, index), ...padding, changed === GONE ? null : changed, ...array.slice(index + 1)];
}

function shortened(value: unknown, field: string, newSize: number): unknown[] {
  if (!Array.isArray(value)) throw new Unfit(`"${field}" is to be shortened and is no array`);
  return value.slice(0, newSize);
}

/** `a.b` may be the field `b` of `a` or one of that name: only `disambiguatedPaths` could tell. */
function assertNoDottedName(document: BsonDocument, path: Path): void {
  for (let length = 2; length <= path.length; length++) {
    const name = path.slice(0, length).join('.');
    if (Object.hasOwn(document, name)) throw new Unfit(`"${path.join('.')}" may also mean the field named "${name}"`);
  }
}

/** What is missing becomes a document on the way to a field of it, as with `$set`. */
function isPlainDocument(value: unknown): value is BsonDocument | undefined {
  if (value === undefined) return true;
  return typeof value === 'object' && value !== null && !('_bsontype' in value) && !(value instanceof Date);
}
