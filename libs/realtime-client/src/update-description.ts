import type { RealtimeEvent, RealtimeValue } from '@sluice/contracts';

export type UpdateDescription = NonNullable<RealtimeEvent['updateDescription']>;
type Container = Readonly<Record<string, RealtimeValue>> | readonly RealtimeValue[];
/** What stands at a place, before; answers what is to stand there, undefined for nothing. */
type Change = (before: RealtimeValue | undefined) => RealtimeValue | undefined;

/**
 * The document after an update that came without it: arrays cut first, then fields set, then fields removed
 * (https://www.mongodb.com/docs/manual/reference/change-events/update/). The one before is left as it is.
 */
export function updated<T>(document: T, { truncatedArrays, updatedFields, removedFields }: UpdateDescription): T {
  let result = document as RealtimeValue; // a document as the server sent it
  for (const { field, newSize } of truncatedArrays ?? [])
    result = changed(result, field, (array) =>
      Array.isArray(array) ? (array as RealtimeValue[]).slice(0, newSize) : array,
    );
  for (const [field, value] of Object.entries(updatedFields ?? {})) result = changed(result, field, () => value);
  for (const field of removedFields ?? []) result = changed(result, field, () => undefined);
  return result as T; // of the same shape, says whoever named the type
}

function changed(document: RealtimeValue, path: string, change: Change): RealtimeValue {
  return changedAt(document, path.split('.'), change) ?? {};
}

function changedAt(
  at: RealtimeValue | undefined,
  [name, ...rest]: readonly string[],
  change: Change,
): RealtimeValue | undefined {
  if (name === undefined) return change(at);
  const container: Container = isContainer(at) ? at : {};
  const before = Object.hasOwn(container, name) ? (container as Record<string, RealtimeValue>)[name] : undefined;
  const after = changedAt(before, rest, change);
  if (after === undefined && before === undefined) return at;
  return Array.isArray(container)
    ? withElement(container as RealtimeValue[], Number(name), after)
    : withField(container as Record<string, RealtimeValue>, name, after);
}

function withField(
  fields: Readonly<Record<string, RealtimeValue>>,
  name: string,
  value: RealtimeValue | undefined,
): RealtimeValue {
  if (value !== undefined) return { ...fields, [name]: value };
  const { [name]: _removed, ...others } = fields;
  return others;
}

/** Removing an element leaves null in its place, and so does setting one behind the end, as in MongoDB. */
function withElement(
  elements: readonly RealtimeValue[],
  index: number,
  value: RealtimeValue | undefined,
): RealtimeValue {
  const result = [...elements];
  while (result.length < index) result.push(null);
  result[index] = value ?? null;
  return result;
}

function isContainer(value: RealtimeValue | undefined): value is Container {
  return typeof value === 'object' && value !== null;
}
