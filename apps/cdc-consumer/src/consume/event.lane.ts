import { documentIdentityOf, type ChangeEvent } from '@sluice/contracts';

/**
 * The lane of an event: that of its document, told by namespace and `_id` alone, because sharding a collection changes
 * the rest of the document key. Ids that are the same to MongoDB have the same lane, as they have the same bucket: a
 * document may be deleted as int32 1 and inserted again as int64 1. What concerns more than one document has its
 * stream's own lane.
 */
export function laneOf(event: ChangeEvent): string {
  if (!('documentKey' in event)) return `stream:${event.stream}`;
  return `document:${documentIdentityOf(event)}`;
}
