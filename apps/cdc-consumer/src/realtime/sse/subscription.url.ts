import { subscriptionSchema, type Subscription } from '@sluice/contracts';
import { z } from 'zod';
import { understood } from '../connection/invalid.request.js';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import { readEventId } from './last-event-id.js';

const text = z.string().optional();

/** A subscription in a URL. */
export const eventsQuerySchema = z.strictObject({
  namespace: z.string().meta({ example: 'shop.orders' }),
  operations: text.meta({ description: 'Between commas', example: 'insert,update' }),
  where: text.meta({ description: 'A JSON object', example: '{"status":"open"}' }),
  fields: text.meta({ description: 'Between commas', example: 'status,total' }),
  from: text.meta({ description: 'A cursor to go on from, a time, or `now` (the default)' }),
  snapshot: z.enum(['true', 'false'], 'true or false').optional(),
  ticket: text,
});
export type EventsQuery = z.infer<typeof eventsQuerySchema>;

/** One document, as a large event links it. */
export const documentQuerySchema = z.strictObject({
  _id: z.string().meta({ description: 'The `_id` as Extended JSON', example: '{"$oid":"65a1b2c3d4e5f60718293a4b"}' }),
  where: text.meta({ description: 'A JSON object that the document must match', example: '{"status":"open"}' }),
  fields: text.meta({ description: 'Between commas', example: 'status,total' }),
  ticket: text,
});
export type DocumentQuery = z.infer<typeof documentQuerySchema>;

/** @throws RealtimeRequestError */
export function subscriptionOf({ namespace, operations, where, fields, from, snapshot }: EventsQuery): Subscription {
  return understood(subscriptionSchema, {
    namespace,
    ...(operations === undefined ? {} : { operations: listed(operations) }),
    ...(where === undefined ? {} : { where: jsonOf('where', where) }),
    ...(fields === undefined ? {} : { fields: listed(fields) }),
    ...(from === undefined ? {} : { from: readEventId(from).cursor ?? from }),
    ...(snapshot === undefined ? {} : { snapshot: snapshot === 'true' }),
  });
}

/** As a subscription to one document alone. @throws RealtimeRequestError */
export function documentSubscription(namespace: string, { _id, where = '{}', fields }: DocumentQuery): Subscription {
  const asked = jsonOf('where', where);
  const terms = typeof asked === 'object' && asked !== null ? asked : { where: asked };
  return understood(subscriptionSchema, {
    namespace,
    where: { ...terms, _id: jsonOf('_id', _id) },
    snapshot: true, // a document as it is
    ...(fields === undefined ? {} : { fields: listed(fields) }),
  });
}

/** A browser that comes back says what it had last: that counts, whatever the URL says of a start. */
export function resumedFrom(asked: Subscription, cursor: string | undefined): Subscription {
  if (cursor === undefined) return asked;
  const { snapshot: _snapshot, ...rest } = asked;
  return { ...rest, from: cursor };
}

function listed(names: string): string[] {
  return names.split(',').filter((name) => name !== '');
}

function jsonOf(name: string, json: string): unknown {
  try {
    return JSON.parse(json) as unknown;
  } catch {
    throw new RealtimeRequestError('SLUICE-REALTIME-MESSAGE-INVALID', `${name}: allowed: JSON, percent-encoded`);
  }
}
