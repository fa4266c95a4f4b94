import { namespaceName, type ChangeEvent } from '@sluice/contracts';
import type { DeliveryInfo } from '../context/delivery-info.js';
import type { FencedDocument, InboxEntry } from './inbox.js';
import type { OnceOptions } from './once.options.js';

/** What the inbox keeps of an event for one handler. */
export function inboxEntryOf(
  event: ChangeEvent,
  handler: string,
  { group, replayed = false }: Pick<DeliveryInfo, 'group' | 'replayed'>,
  { connection }: OnceOptions,
): InboxEntry {
  return {
    group,
    handler,
    eventId: event.id,
    stream: event.stream,
    position: event.position,
    replayed,
    ...('documentKey' in event ? { document: fencedDocumentOf(event) } : {}),
    ...(connection === undefined ? {} : { connection }),
  };
}

function fencedDocumentOf(event: Extract<ChangeEvent, { documentKey: unknown }>): FencedDocument {
  const { ns, documentKey, operation } = event;
  return { namespace: namespaceName(ns), id: documentKey._id, deleted: operation === 'delete' };
}
