import { EJSON } from 'bson';
import { namespaceName, positionKey, type ChangeEvent } from '@sluice/contracts';

/** Which event a log line is about: stands in every line about one. */
export interface EventIdentity {
  readonly eventId: string;
  readonly stream: string;
  /** `positionKey` of its position. */
  readonly position: string;
}

/** Of an event, or of what is kept of it. */
export function eventIdentity({ id, stream, position }: Identified): EventIdentity {
  return { eventId: id, stream, position: positionKey(position) };
}

/** Which events a log line about several of them is about: it is found by the first, as any line by its event. */
export interface EventSpan extends EventIdentity {
  readonly last: EventIdentity;
}

/** From the first to the last; nothing of none. */
export function eventSpan(events: readonly Identified[]): EventSpan | Record<string, never> {
  const [first, last] = [events[0], events.at(-1)];
  return first === undefined || last === undefined ? {} : { ...eventIdentity(first), last: eventIdentity(last) };
}

type Identified = Pick<ChangeEvent, 'id' | 'stream' | 'position'>;

/** What a change concerns besides, for a log line: enough to find the document. */
export interface EventFields extends EventIdentity {
  readonly operation: ChangeEvent['operation'];
  /** `shop.orders`; `null` where a change concerns the whole stream. */
  readonly namespace: string | null;
  /** The document's `_id`; `null` where a change concerns more than one document. */
  readonly key: string | null;
}

/** The key as canonical Extended JSON, so that `1` and `"1"`, an int and a long differ in the log as in MongoDB. */
export function eventFields(event: ChangeEvent): EventFields {
  const { db, coll } = event.ns;
  return {
    ...eventIdentity(event),
    operation: event.operation,
    namespace: db === undefined ? null : namespaceName(coll === undefined ? { db } : { db, coll }),
    key: 'documentKey' in event ? EJSON.stringify(event.documentKey._id, { relaxed: false }) : null,
  };
}
