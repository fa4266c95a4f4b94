import { z } from 'zod';
import { OMITTABLE_FIELDS } from '../change-event.js';
import { operationSchema } from '../operation.js';
import { cursorSchema, subscriptionIdSchema } from './realtime-request.js';
import { realtimeDocumentSchema } from './realtime-value.js';

const id = subscriptionIdSchema;
const cursor = cursorSchema.meta({ description: 'Resumes behind this message' });
const time = z.iso.datetime();
const nsSchema = z.object({ db: z.string(), coll: z.string().optional() });

/** A change as clients see it: of the change event what they may see, documents as relaxed Extended JSON. */
export const realtimeEventSchema = z
  .object({
    id: z.string().meta({ description: 'The same for a change however often it is told' }),
    stream: z.string(),
    operation: operationSchema,
    ns: nsSchema,
    documentKey: realtimeDocumentSchema.optional().meta({ description: 'Not in changes of a whole namespace' }),
    fullDocument: realtimeDocumentSchema
      .nullable()
      .optional()
      .meta({ description: 'Of an update looked up later: may be newer than the change. Null: not found, no delete' }),
    updateDescription: z
      .object({
        updatedFields: realtimeDocumentSchema.optional(),
        removedFields: z.array(z.string()).optional(),
        truncatedArrays: z.array(z.object({ field: z.string(), newSize: z.number() })).optional(),
      })
      .optional(),
    to: nsSchema.optional().meta({ description: "A rename's new namespace" }),
    wallTime: time.optional(),
    omitted: z.array(z.enum(OMITTABLE_FIELDS)).optional().meta({
      description:
        'Left out because the message would be too large, or because what may not be seen cannot be told from it; `href` has the document as it is now',
    }),
    href: z.string().optional(),
  })
  .meta({ id: 'RealtimeEvent' });
export type RealtimeEvent = z.infer<typeof realtimeEventSchema>;

export const subscribedSchema = z
  .object({
    type: z.literal('subscribed'),
    id,
    cursor: cursor.optional().meta({ description: 'Not before the documents of a snapshot' }),
    heartbeatMs: z.int().meta({ description: 'A `heartbeat` comes at least this often; two missing: connect again' }),
  })
  .meta({ id: 'RealtimeSubscribed' });

const snapshotDocumentSchema = z.object({
  documentKey: realtimeDocumentSchema,
  fullDocument: realtimeDocumentSchema.optional().meta({ description: 'Always, but where it is `omitted`' }),
  omitted: z
    .tuple([z.literal('fullDocument')])
    .optional()
    .meta({ description: 'It is too large for a message; `href` has it as it is now' }),
  href: z.string().optional(),
});

export const snapshotSchema = z
  .object({
    type: z.literal('snapshot'),
    id,
    documents: z.array(snapshotDocumentSchema),
    cursor: cursor.optional().meta({ description: 'On the last page: the changes after the snapshot follow' }),
  })
  .meta({ id: 'RealtimeSnapshot' });

export const eventMessageSchema = z
  .object({ type: z.literal('event'), id, cursor, event: realtimeEventSchema })
  .meta({ id: 'RealtimeEventMessage' });

export const leaveSchema = z
  .object({
    type: z.literal('leave'),
    id,
    cursor,
    ns: nsSchema,
    documentKey: realtimeDocumentSchema,
    operation: operationSchema,
    wallTime: time.optional(),
  })
  .meta({
    id: 'RealtimeLeave',
    description: 'The document no longer matches, or that cannot be known: whoever shows it takes it away',
  });

export const GAP_REASONS = ['retention', 'source', 'overtaken', 'stream'] as const;
export const gapMessageSchema = z
  .object({
    type: z.literal('gap'),
    id,
    cursor,
    reason: z.enum(GAP_REASONS).meta({
      description:
        '`retention`: the cursor is older than what is kept. `source`: lost between MongoDB and Sluice. `overtaken`: an older change came behind newer ones. `stream`: the feed was emptied or made anew',
    }),
    from: time.nullable().meta({ description: 'Changes after it may be missing; null: not known' }),
    to: time.nullable().meta({ description: 'Changes from it on are here again' }),
  })
  .meta({ id: 'RealtimeGap' });

export const heartbeatSchema = z
  .object({
    type: z.literal('heartbeat'),
    cursors: z
      .record(id, cursor)
      .meta({ description: 'Where each subscription stands, so that a quiet one does not outlive the retention' }),
  })
  .meta({ id: 'RealtimeHeartbeat' });

export const unsubscribedSchema = z
  .object({ type: z.literal('unsubscribed'), id })
  .meta({ id: 'RealtimeUnsubscribed' });

export const realtimeErrorSchema = z
  .object({
    type: z.literal('error'),
    id: id.optional().meta({ description: 'The subscription that it is about; it has ended or never began' }),
    code: z.string().meta({ example: 'SLUICE-REALTIME-NAMESPACE-FORBIDDEN' }),
    message: z.string().meta({ description: 'What was found, what is allowed, what to do' }),
  })
  .meta({ id: 'RealtimeError' });

/** Everything that a client is sent, over WebSocket as a text frame each, over server-sent events as `event: <type>`. */
export const realtimeMessageSchema = z.discriminatedUnion('type', [
  subscribedSchema,
  snapshotSchema,
  eventMessageSchema,
  leaveSchema,
  gapMessageSchema,
  heartbeatSchema,
  unsubscribedSchema,
  realtimeErrorSchema,
]);
export type RealtimeMessage = z.infer<typeof realtimeMessageSchema>;
export type RealtimeMessageOf<T extends RealtimeMessage['type']> = Extract<RealtimeMessage, { type: T }>;
