import { z } from 'zod';
import { operationSchema } from '../operation.js';
import { realtimeValueSchema } from './realtime-value.js';

/** Bounds of one subscription, so that what a client asks for has a known cost. */
export const REALTIME_BOUNDS = { id: 64, namespace: 255, where: 16, fields: 64, path: 255, cursor: 8_192 } as const;

const pathSchema = z
  .string()
  .min(1)
  .max(REALTIME_BOUNDS.path)
  .regex(/^[^.$\0][^.\0]*(\.[^.$\0][^.\0]*)*$/, 'a field or a path of fields between dots, as "address.city"');

export const subscriptionIdSchema = z
  .string()
  .min(1)
  .max(REALTIME_BOUNDS.id)
  .meta({ description: "The client's own name of the subscription, one of a kind in its connection" });

/** Opaque to clients: where a subscription stands in the feed; with `c2.` also what it has by a snapshot. */
export const cursorSchema = z
  .string()
  .min(1)
  .max(REALTIME_BOUNDS.cursor)
  .regex(/^(c1|c2\.[A-Za-z0-9_-]{20})\.[A-Za-z0-9_-]+$/, 'a cursor');

/** What is wanted; the same over WebSocket and server-sent events. */
export const subscriptionSchema = z.strictObject({
  namespace: z
    .string()
    .max(REALTIME_BOUNDS.namespace)
    .regex(/^[^.\s]+\..+$/, 'a namespace, as "shop.orders"')
    .meta({ description: '`<database>.<collection>`', example: 'shop.orders' }),
  operations: z
    .array(operationSchema)
    .min(1)
    .optional()
    .meta({ description: 'All that the token may see if left out' }),
  where: z
    .record(pathSchema, realtimeValueSchema)
    .refine((where) => Object.keys(where).length <= REALTIME_BOUNDS.where, `at most ${REALTIME_BOUNDS.where} fields`)
    .optional()
    .meta({
      description: 'Equality on fields of the document, as in a MongoDB query: an array matches by any element',
      example: { status: 'open' },
    }),
  fields: z
    .array(pathSchema)
    .min(1)
    .max(REALTIME_BOUNDS.fields)
    .optional()
    .meta({ description: 'The fields to send; `_id` is in every document key', example: ['status', 'total'] }),
  from: z
    .union([z.literal('now'), cursorSchema, z.iso.datetime({ offset: true })])
    .optional()
    .meta({ description: 'A cursor to go on from, a time, or `now` (the default)' }),
  snapshot: z
    .boolean()
    .optional()
    .meta({ description: 'First the documents that match now, then the changes after them; not together with `from`' }),
});
export type Subscription = z.infer<typeof subscriptionSchema>;

/** What `POST /realtime/tickets` answers. */
export const realtimeTicketSchema = z
  .object({
    ticket: z.string().meta({ description: 'Goes into the URL as `ticket`, once' }),
    expiresAt: z.iso.datetime().meta({ description: 'It must be used before' }),
  })
  .meta({
    id: 'RealtimeTicket',
    example: { ticket: 'u3oZ7bQK5m1Xf0w2YcJr8t9LhVnEaSdPgIxTqBvNzMk', expiresAt: '2026-03-02T10:14:37.000Z' },
  });
export type RealtimeTicket = z.infer<typeof realtimeTicketSchema>;

export const subscribeSchema = subscriptionSchema
  .extend({ type: z.literal('subscribe'), id: subscriptionIdSchema })
  .meta({ id: 'RealtimeSubscribe' });
export const unsubscribeSchema = z
  .strictObject({ type: z.literal('unsubscribe'), id: subscriptionIdSchema })
  .meta({ id: 'RealtimeUnsubscribe' });

/** Everything that a client may send over the WebSocket. */
export const realtimeRequestSchema = z.discriminatedUnion('type', [subscribeSchema, unsubscribeSchema]);
export type RealtimeRequest = z.infer<typeof realtimeRequestSchema>;
