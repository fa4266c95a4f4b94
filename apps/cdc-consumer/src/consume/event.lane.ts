import { BSON } from 'mongodb';
import { namespaceName, type ChangeEvent } from '@sluice/contracts';

/**
 * The lane of an event: that of its document, told by namespace and `_id` alone, because sharding a collection changes
 * the rest of the document key. What concerns more than one document has its stream's own lane.
 */
export function laneOf(event: ChangeEvent): string {
  if (!('documentKey' in event)) return `stream:${event.stream}`;
  const id = Buffer.from(BSON.serialize({ _id: event.documentKey._id })).toString('latin1'); // one character a byte
  return `document:${namespaceName(event.ns)}:${id}`;
}
