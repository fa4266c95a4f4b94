import { Long } from 'bson';
import { z } from 'zod';
import { WIRE_DOCUMENT, WIRE_DOCUMENT_KEY, WIRE_LONG } from './async-api/wire-values.js';
import { isDocument } from './fields.js';
import { namespaceSchema } from './namespace.js';
import { positionSchema } from './position.js';

/** A MongoDB document in BSON's types, as the Node driver gives it with `promoteLongs: false`. */
export type BsonDocument = Record<string, unknown>;

/** Version of the envelope below; goes up when a reader of the older one would misread it. */
export const SCHEMA_VERSION = 1;

/** A document is taken as it is: neither copied nor looked into. */
const documentSchema = z.custom<BsonDocument>(isDocument, 'a document').meta(WIRE_DOCUMENT);
const documentKeySchema = z
  .custom<BsonDocument & { _id: unknown }>((value) => isDocument(value) && '_id' in value, 'a document with _id')
  .meta(WIRE_DOCUMENT_KEY);

const updateDescriptionSchema = z.object({
  updatedFields: documentSchema.optional(),
  removedFields: z.array(z.string()).optional(),
  truncatedArrays: z.array(z.object({ field: z.string(), newSize: z.number() })).optional(),
  disambiguatedPaths: documentSchema.optional(),
});

const sourceSchema = z.object({
  /** Opaque: never compared, never taken apart. */
  resumeToken: documentSchema,
  /** Goes up each time a producer takes the stream; consumers drop what an older holder still sends. */
  epoch: z.int().min(0),
  snapshot: z.boolean(),
  /** When the producer read the change. */
  capturedAt: z.date(),
});

/** Large fields, in the order in which they are given up where an event does not fit into a message. */
export const OMITTABLE_FIELDS = ['fullDocumentBeforeChange', 'fullDocument', 'updateDescription'] as const;
export type OmittableField = (typeof OMITTABLE_FIELDS)[number];

const omittedSchema = z.partialRecord(z.enum(OMITTABLE_FIELDS), z.literal(true));

const baseShape = {
  /** A hash of the resume token: the same for a change however often and through whatever pipeline it is read. */
  id: z.string().min(1),
  stream: z.string().min(1),
  ns: namespaceSchema,
  position: positionSchema,
  /** The server's wall clock at the change; MongoDB sends it since 6.0. */
  wallTime: z.date().optional(),
  transaction: z.object({ lsid: documentSchema, txnNumber: z.instanceof(Long).meta(WIRE_LONG) }).optional(),
  source: sourceSchema,
  /** Fields that the change has and this event has not, because they did not fit into a message. */
  omitted: omittedSchema.optional(),
  schemaVersion: z.literal(SCHEMA_VERSION),
};

/**
 * A field that such an event always has, unless `omitted` names it. Typed as always there: only streams with
 * `onOversize: omitDocument` leave it out, and every handler of every other stream would have to ask.
 */
function unlessOmitted<Value>(schema: z.ZodType<Value>): z.ZodType<Value> {
  return schema.optional() as unknown as z.ZodType<Value>; // `neverJustMissing` asks for it
}

function neverJustMissing(field: OmittableField): z.core.CheckFn<Record<string, unknown>> {
  return (payload) => {
    const { [field]: value, omitted } = payload.value;
    if (value !== undefined || (isDocument(omitted) && omitted[field] === true)) return;
    payload.issues.push({
      code: 'custom',
      path: [field],
      message: 'is missing and not named in "omitted"',
      input: value,
    });
  };
}

/** A document of the namespace as it was before the change; where the stream asks for pre-images. */
const beforeChange = { fullDocumentBeforeChange: documentSchema.nullable().optional() };

export const insertEventSchema = z
  .object({
    ...baseShape,
    operation: z.literal('insert'),
    documentKey: documentKeySchema,
    fullDocument: unlessOmitted(documentSchema),
  })
  .check(neverJustMissing('fullDocument'))
  .meta({ id: 'InsertEvent' });
export const updateEventSchema = z
  .object({
    ...baseShape,
    ...beforeChange,
    operation: z.literal('update'),
    documentKey: documentKeySchema,
    updateDescription: unlessOmitted(updateDescriptionSchema),
    /** Looked up after the change: may be newer than it. null: deleted or not found since, never a delete. */
    fullDocument: documentSchema.nullable().optional(),
  })
  .check(neverJustMissing('updateDescription'))
  .meta({ id: 'UpdateEvent' });
export const replaceEventSchema = z
  .object({
    ...baseShape,
    ...beforeChange,
    operation: z.literal('replace'),
    documentKey: documentKeySchema,
    fullDocument: unlessOmitted(documentSchema),
  })
  .check(neverJustMissing('fullDocument'))
  .meta({ id: 'ReplaceEvent' });
export const deleteEventSchema = z
  .object({
    ...baseShape,
    ...beforeChange,
    operation: z.literal('delete'),
    documentKey: documentKeySchema,
  })
  .meta({ id: 'DeleteEvent' });
export const readEventSchema = z
  .object({
    ...baseShape,
    operation: z.literal('read'),
    documentKey: documentKeySchema,
    fullDocument: unlessOmitted(documentSchema),
  })
  .check(neverJustMissing('fullDocument'))
  .meta({ id: 'ReadEvent' });
export const dropEventSchema = z.object({ ...baseShape, operation: z.literal('drop') }).meta({ id: 'DropEvent' });
export const dropDatabaseEventSchema = z
  .object({ ...baseShape, operation: z.literal('dropDatabase') })
  .meta({ id: 'DropDatabaseEvent' });
export const renameEventSchema = z
  .object({
    ...baseShape,
    operation: z.literal('rename'),
    /** The namespace's new name. */
    to: namespaceSchema,
  })
  .meta({ id: 'RenameEvent' });
export const invalidateEventSchema = z
  .object({
    ...baseShape,
    ns: namespaceSchema.partial(),
    operation: z.literal('invalidate'),
  })
  .meta({ id: 'InvalidateEvent' });
export const gapEventSchema = z
  .object({
    ...baseShape,
    ns: namespaceSchema.partial(),
    operation: z.literal('gap'),
    /** Changes after `from` and before `to` are lost to this stream. */
    from: positionSchema.shape.clusterTime,
    to: positionSchema.shape.clusterTime,
  })
  .meta({ id: 'GapEvent' });

/** Everything Sluice delivers, told apart by `operation`. */
export const changeEventSchema = z.discriminatedUnion('operation', [
  insertEventSchema,
  updateEventSchema,
  replaceEventSchema,
  deleteEventSchema,
  readEventSchema,
  dropEventSchema,
  dropDatabaseEventSchema,
  renameEventSchema,
  invalidateEventSchema,
  gapEventSchema,
]);

type With<Event, Fields> = Omit<Event, keyof Fields> & Fields;

export type DocumentKey = z.infer<typeof documentKeySchema>;
export type UpdateDescription = z.infer<typeof updateDescriptionSchema>;
/** A document was inserted; `fullDocument` is it. */
export type InsertEvent<T = BsonDocument> = With<z.infer<typeof insertEventSchema>, { fullDocument: T }>;
/** Fields of a document changed; `updateDescription` says which. */
export type UpdateEvent<T = BsonDocument> = With<
  z.infer<typeof updateEventSchema>,
  { fullDocument?: T | null | undefined; fullDocumentBeforeChange?: T | null | undefined }
>;
/** A document was replaced whole. */
export type ReplaceEvent<T = BsonDocument> = With<
  z.infer<typeof replaceEventSchema>,
  { fullDocument: T; fullDocumentBeforeChange?: T | null | undefined }
>;
/** A document was deleted; only its key is known, unless the stream asks for pre-images. */
export type DeleteEvent<T = BsonDocument> = With<
  z.infer<typeof deleteEventSchema>,
  { fullDocumentBeforeChange?: T | null | undefined }
>;
export type ReadEvent<T = BsonDocument> = With<z.infer<typeof readEventSchema>, { fullDocument: T }>;
export type DropEvent = z.infer<typeof dropEventSchema>;
export type DropDatabaseEvent = z.infer<typeof dropDatabaseEventSchema>;
export type RenameEvent = z.infer<typeof renameEventSchema>;
export type InvalidateEvent = z.infer<typeof invalidateEventSchema>;
export type GapEvent = z.infer<typeof gapEventSchema>;

export type DocumentEvent<T = BsonDocument> =
  InsertEvent<T> | UpdateEvent<T> | ReplaceEvent<T> | DeleteEvent<T> | ReadEvent<T>;
export type ControlEvent = DropEvent | DropDatabaseEvent | RenameEvent | InvalidateEvent | GapEvent;
export type ChangeEvent<T = BsonDocument> = DocumentEvent<T> | ControlEvent;

/** The event type of an operation: `EventOf<'insert'>` is `InsertEvent`. */
export type EventOf<O extends ChangeEvent['operation'], T = BsonDocument> = Extract<ChangeEvent<T>, { operation: O }>;
