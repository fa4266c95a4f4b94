import { isFields, type Fields } from '@sluice/contracts';

/** Which stages of a user's may run in a change stream, and which fields none of them may take away. */

/** https://www.mongodb.com/docs/manual/changeStreams/#modify-change-stream-output */
const ALLOWED_STAGES = [
  '$addFields',
  '$match',
  '$project',
  '$redact',
  '$replaceRoot',
  '$replaceWith',
  '$set',
  '$unset',
];

/** Without these an event can be neither resumed after nor routed. */
const NEEDED_FIELDS = ['_id', 'operationType', 'ns', 'documentKey', 'clusterTime'];

export type Stage = Record<string, unknown>;

export interface PipelineFault {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** Everything that is wrong with a user's pipeline; each with what is allowed. */
export function pipelineFaults(stages: readonly Stage[]): PipelineFault[] {
  return stages.flatMap((stage, index): PipelineFault[] => {
    const names = Object.keys(stage);
    const [name] = names;
    if (name === undefined || names.length > 1)
      return [{ path: [index], message: 'a stage with exactly one operator' }];
    if (!ALLOWED_STAGES.includes(name)) {
      return [{ path: [index, name], message: `in a change stream only ${ALLOWED_STAGES.join(', ')}` }];
    }
    return removedFields(name, stage[name]).map((field) => ({
      path: [index, name, field],
      message: `stages that keep "${field}": without it an event can be neither resumed after nor routed`,
    }));
  });
}

/** Sentences about stages that do what they say and perhaps not what was meant. */
export function pipelineWarnings(stages: readonly Stage[]): string[] {
  return stages.flatMap((stage, index) => {
    const fields =
      '$match' in stage ? fieldsOf(stage['$match']).filter((field) => /^fullDocument(\.|$)/.test(field)) : [];
    if (fields.length === 0) return [];
    return [
      `pipeline[${index}].$match on ${[...new Set(fields)].join(', ')} drops every delete (it has no fullDocument), ` +
        'and updates whose look-up came after the document was deleted or changed',
    ];
  });
}

/** Needed fields that a stage takes away or writes over, whole or in part. */
function removedFields(name: string, body: unknown): string[] {
  switch (name) {
    case '$unset':
      return neededBy([body].flat());
    case '$set':
    case '$addFields':
      return isFields(body) ? neededBy(Object.keys(body)) : [];
    case '$project':
      return isFields(body) ? projectedAway(body) : [];
    case '$replaceRoot':
      return isFields(body) ? replacedAway(body['newRoot']) : [];
    case '$replaceWith':
      return replacedAway(body);
    default:
      return [];
  }
}

/** The needed fields that the paths name, or reach into. */
function neededBy(paths: readonly unknown[]): string[] {
  return NEEDED_FIELDS.filter((field) => paths.some((path) => path === field || String(path).startsWith(`${field}.`)));
}

/** An inclusion drops what it does not name whole (but `_id`); an exclusion drops what it names. */
function projectedAway(projection: Fields): string[] {
  const isOff = (value: unknown) => value === 0 || value === false;
  const named = Object.entries(projection);
  const dropped = neededBy(named.filter(([, value]) => isOff(value)).map(([path]) => path));
  if (!named.some(([path, value]) => path !== '_id' && !isOff(value))) return dropped;
  const kept = new Set(named.filter(([, value]) => value === 1 || value === true).map(([path]) => path));
  return NEEDED_FIELDS.filter((field) => dropped.includes(field) || (field !== '_id' && !kept.has(field)));
}

/** A literal new root shows what it keeps; an expression (`{ $mergeObjects: … }`, "$$ROOT") shows itself at run time. */
function replacedAway(root: unknown): string[] {
  if (!isFields(root) || Object.keys(root).some((key) => key.startsWith('$'))) return [];
  return NEEDED_FIELDS.filter((field) => root[field] !== `$${field}`);
}

/** Field paths that a query names, also inside $and, $or and $nor, and in $expr. */
function fieldsOf(query: unknown): string[] {
  if (Array.isArray(query)) return query.flatMap(fieldsOf);
  if (typeof query === 'string') return query.startsWith('$') ? [query.slice(1)] : [];
  if (!isFields(query)) return [];
  return Object.entries(query).flatMap(([key, value]) =>
    key.startsWith('$') ? fieldsOf(value) : [key, ...expressionFields(value)],
  );
}

function expressionFields(value: unknown): string[] {
  return isFields(value) && Object.keys(value).some((key) => key.startsWith('$')) ? fieldsOf(value) : [];
}
