import { z } from 'zod';
import { DEAD_LETTER_EXAMPLE, DEAD_LETTER_OPERATION_EXAMPLE } from './examples/dead-letter.examples.js';
import { DEAD_LETTER_REASONS } from './names.js';

/** Which dead letters are meant; every field that is given must fit. */
export const deadLetterFilterSchema = z
  .strictObject({
    handler: z.string().min(1).optional(),
    reason: z.enum(DEAD_LETTER_REASONS).optional(),
    namespace: z.string().min(1).optional().meta({ description: '`shop.orders`' }),
    since: z.iso.datetime().optional().meta({ description: 'Last failed at this time or later' }),
    until: z.iso.datetime().optional().meta({ description: 'Last failed before this time' }),
  })
  .meta({ id: 'DeadLetterFilter' });
export type DeadLetterFilter = z.infer<typeof deadLetterFilterSchema>;

export const deadLetterQuerySchema = deadLetterFilterSchema.extend({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  after: z.string().min(1).optional().meta({ description: '`next` of the page before' }),
});
export type DeadLetterQuery = z.infer<typeof deadLetterQuerySchema>;

export const deadLetterSchema = z
  .object({
    id: z.string(),
    reason: z.string().nullable().meta({ description: 'Null where the broker put it there, and not a consumer' }),
    handler: z.string().nullable(),
    eventId: z.string().nullable(),
    stream: z.string().nullable(),
    position: z.string().nullable().meta({ description: "The event's place in the stream; sorts as text" }),
    operation: z.string().nullable(),
    namespace: z.string().nullable(),
    errorName: z.string().nullable(),
    errorMessage: z.string().nullable(),
    attempts: z.int().nullable(),
    firstFailedAt: z.string().nullable(),
    lastFailedAt: z.string().nullable(),
    bytes: z.int(),
  })
  .meta({ id: 'DeadLetter', example: DEAD_LETTER_EXAMPLE });
export type DeadLetterStatus = z.infer<typeof deadLetterSchema>;

export const deadLetterPageSchema = z
  .object({
    total: z.int().meta({ description: 'Dead letters in the queue, whatever the filter' }),
    scanned: z.int().meta({ description: 'Of them looked at, from the oldest on' }),
    letters: z.array(deadLetterSchema),
    next: z.string().nullable().meta({ description: '`after` of the next page; null where all have been looked at' }),
  })
  .meta({ id: 'DeadLetterPage', example: { total: 3, scanned: 3, letters: [DEAD_LETTER_EXAMPLE], next: null } });
export type DeadLetterPage = z.infer<typeof deadLetterPageSchema>;

export const deadLetterDetailSchema = deadLetterSchema
  .extend({
    errorStack: z.string().nullable(),
    contentType: z.string().nullable(),
    body: z.string().meta({ description: 'As text where it is JSON, else in base64; its first MiB' }),
  })
  .meta({
    id: 'DeadLetterDetail',
    example: {
      ...DEAD_LETTER_EXAMPLE,
      errorStack: 'Error: no stock\n    at OrdersHandler.onInsert',
      contentType: 'application/json',
      body: '{"pattern":"insert.shop.orders","data":{}}',
    },
  });
export type DeadLetterDetail = z.infer<typeof deadLetterDetailSchema>;

/** Who wants it, and why: kept with what was done. */
const orderFields = {
  by: z.string().min(1).max(200).optional(),
  reason: z.string().min(1).max(1_000).optional(),
};
export const deadLetterOrderSchema = z
  .strictObject(orderFields)
  .meta({ id: 'DeadLetterOrder', example: { by: 'ann', reason: 'the stock service is back' } });
/** The same in a query: without a name, which would hide its fields from the description of the call. */
export const deadLetterOrderQuerySchema = z.strictObject(orderFields);
export type DeadLetterOrder = z.infer<typeof deadLetterOrderSchema>;

export const deadLetterReplaySchema = deadLetterOrderSchema.extend({ filter: deadLetterFilterSchema }).meta({
  id: 'DeadLetterReplay',
  example: { filter: { handler: 'OrdersHandler.onInsert' }, by: 'ann', reason: 'the stock service is back' },
});
export type DeadLetterReplay = z.infer<typeof deadLetterReplaySchema>;

export const deadLetterOperationSchema = z
  .object({
    id: z.string(),
    kind: z.enum(['replay', 'discard']),
    state: z
      .enum(['running', 'done', 'cancelled', 'failed', 'interrupted'])
      .meta({ description: '`interrupted`: its consumer ended first; what it had not replayed is still there' }),
    letter: z.string().nullable().meta({ description: 'The one that it was about; null for a filter' }),
    filter: deadLetterFilterSchema.nullable(),
    eventId: z.string().nullable().meta({
      description:
        'Of the event in `letter`, as are `stream` and `position`; null for a filter, where the log has them',
    }),
    stream: z.string().nullable(),
    position: z.string().nullable(),
    by: z.string().nullable(),
    reason: z.string().nullable().meta({ description: 'Why somebody wanted it' }),
    startedAt: z.iso.datetime(),
    changedAt: z.iso.datetime(),
    total: z.int().meta({ description: 'Letters that there were when it began' }),
    scanned: z.int(),
    taken: z.int().meta({ description: 'Letters replayed or discarded' }),
    superseded: z.int().meta({
      description:
        'Letters that fit and stay, not replayed: their handler has dealt with a later change of the document',
    }),
    error: z.string().nullable(),
  })
  .meta({ id: 'DeadLetterOperation', example: DEAD_LETTER_OPERATION_EXAMPLE });
export type DeadLetterOperation = z.infer<typeof deadLetterOperationSchema>;

export const deadLetterOperationListSchema = z
  .object({ operations: z.array(deadLetterOperationSchema) })
  .meta({ id: 'DeadLetterOperationList', example: { operations: [DEAD_LETTER_OPERATION_EXAMPLE] } });
