import { namespaceName, parseNamespace, DOCUMENT_OPERATIONS, documentOperationSchema } from '@sluice/contracts';
import { wordSchema } from '@sluice/platform';
import { z } from 'zod';
import { pipelineFaults } from '../filter/user-pipeline.policy.js';

/** The streams' file, field by field: default, unit and range beside each. Its JSON Schema is generated from here. */

const wholeNumber = (min: number, max: number, unit: string) => {
  const allowed = `a whole number of ${unit}, ${min} to ${max}`;
  return z.int(allowed).min(min, allowed).max(max, allowed);
};

/** Refuses unknown keys, and says which there are: a misspelt option must not be silently ignored. */
function strict<Shape extends z.ZodRawShape>(shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) => (issue.code === 'unrecognized_keys' ? `one of ${Object.keys(shape).join(', ')}` : undefined),
  });
}

const nameAllowed = 'a name without dots, spaces, $ and /';
const databaseName = z.string(nameAllowed).regex(/^[^\s./\\$"]{1,63}$/, nameAllowed);
const collectionName = z
  .string('a collection name')
  .min(1, 'a collection name')
  .regex(/^[^$\0]+$/, 'a collection name');

const scopeSchema = z
  .union(
    [
      z.strictObject({ deployment: z.literal(true) }),
      z.strictObject({ database: databaseName }),
      z.strictObject({ database: databaseName, collection: collectionName }),
    ],
    '{ deployment: true }, { database } or { database, collection }',
  )
  .describe('What the change stream watches: the whole deployment, a database or one collection.');
export type Scope = z.infer<typeof scopeSchema>;

const namespaceAllowed = '"db.collection" or "db.*"';
const namespacePattern = z
  .string(namespaceAllowed)
  .refine(
    (text) => parseNamespace(text).coll !== undefined && !text.endsWith('.') && !text.startsWith('.'),
    namespaceAllowed,
  );

const stageSchema = z.record(z.string(), z.unknown(), 'an aggregation stage, { $match: … }');

const startAtAllowed = '"now", a time (ISO 8601) or a resume token ({ _data: … })';
const startAtSchema = z.union(
  [
    z.literal('now'),
    z.iso.datetime({ offset: true, error: startAtAllowed }),
    z.strictObject({ _data: z.string().min(1) }),
  ],
  startAtAllowed,
);

const readPreferenceSchema = z.enum(
  ['primary', 'primaryPreferred', 'secondary', 'secondaryPreferred', 'nearest'],
  'primary, primaryPreferred, secondary, secondaryPreferred or nearest',
);
export type ReadPreference = z.infer<typeof readPreferenceSchema>;

export const streamSchema = strict({
  name: wordSchema.describe('Letters, digits, - and _; the position is saved under it.'),
  scope: scopeSchema,
  namespaces: strict({ include: z.array(namespacePattern).default([]), exclude: z.array(namespacePattern).default([]) })
    .prefault({})
    .describe('Narrows the scope; an empty include takes everything in it.'),
  operations: z
    .array(z.enum(documentOperationSchema.options, `one of ${DOCUMENT_OPERATIONS.join(', ')}`))
    .min(1, 'at least one operation')
    .default([...DOCUMENT_OPERATIONS]),
  pipeline: z
    .array(stageSchema)
    .default([])
    .superRefine((stages, context) => {
      for (const { path, message } of pipelineFaults(stages))
        context.addIssue({ code: 'custom', path: [...path], message });
    })
    .describe(
      'Your own stages, run in the server. It must not remove _id, operationType, ns, documentKey, clusterTime.',
    ),
  fullDocument: z
    .enum(['default', 'updateLookup', 'whenAvailable', 'required'], 'default, updateLookup, whenAvailable or required')
    .default('updateLookup'),
  fullDocumentBeforeChange: z
    .enum(['off', 'whenAvailable', 'required'], 'off, whenAvailable or required')
    .default('off'),
  batchSize: wholeNumber(1, 100_000, 'events')
    .default(1000)
    .describe('The most that a fetch brings; fewer where they have more than about 2 MB.'),
  maxAwaitTimeMs: wholeNumber(10, 60_000, 'milliseconds').default(1000).describe('How long the server waits for news.'),
  readPreference: readPreferenceSchema
    .default('primary')
    .describe('Which members of a replica set the change stream reads from; a secondary spares the primary.'),
  idleCheckpointMs: wholeNumber(100, 3_600_000, 'milliseconds')
    .default(10_000)
    .describe('How often an idle stream saves its token, so that it never ages out of the oplog.'),
  format: z.enum(['json', 'bson'], 'json or bson').default('json'),
  windowSize: wholeNumber(1, 100_000, 'events').default(1000).describe('Unconfirmed or unsaved messages at most.'),
  windowBytes: wholeNumber(1024, 2 ** 31, 'bytes').default(32 * 1024 * 1024),
  maxMessageBytes: wholeNumber(1024, 128 * 1024 * 1024, 'bytes').default(8 * 1024 * 1024),
  onOversize: z
    .enum(['claimCheck', 'omitDocument', 'fail'], 'claimCheck, omitDocument or fail')
    .default('claimCheck')
    .describe(
      'What happens to an event whose message would be over maxMessageBytes: its large part is stored in the state database, from where the consumer fetches it; or is left out, and the event says so; or the stream stops.',
    ),
  onHistoryLost: z
    .enum(['fail', 'gap'], 'fail or gap')
    .default('fail')
    .describe(
      'A position that the oplog no longer has: stop the stream, or tell the handlers by a gap event and go on from the ' +
        'oldest change there is.',
    ),
  minOplogHeadroomSeconds: wholeNumber(0, 31_536_000, 'seconds')
    .default(0)
    .describe('Not ready while the position is so close to falling off the oplog; 0: never for that.'),
  minOplogHeadroomPercent: wholeNumber(0, 100, 'percent')
    .default(10)
    .describe(
      'Not ready while a stream that is behind has less than this share of the oplog before its position; 0: never for that.',
    ),
  maxLagSeconds: wholeNumber(0, 31_536_000, 'seconds')
    .default(3600)
    .describe('Not ready while the stream is further behind its source; 0: never for that.'),
  onUnroutable: z
    .enum(['hold', 'park', 'skip'], 'hold, park or skip')
    .default('hold')
    .describe(
      'An event that a group wants but no queue takes: wait for a queue; put it and what follows of its document aside until a queue is there, and go on; or count it and go on.',
    ),
  startAt: startAtSchema.default('now').describe('Only when nothing is saved yet.'),
}).meta({ id: 'Stream' });
export type StreamSettings = z.infer<typeof streamSchema>;

export const streamsFileSchema = strict({
  $schema: z.string().optional().describe('Lets an editor complete a JSON file; not read.'),
  streams: z.array(streamSchema, 'a list of streams').min(1, 'at least one stream'),
}).meta({ id: 'StreamsFile', title: 'Sluice streams', description: 'The change streams that cdc-producer follows.' });
export type StreamsFile = z.infer<typeof streamsFileSchema>;

/** `shop`, `shop.orders`, or `deployment`. */
export function scopeName(scope: Scope): string {
  if ('deployment' in scope) return 'deployment';
  return namespaceName({ db: scope.database, ...('collection' in scope ? { coll: scope.collection } : {}) });
}
