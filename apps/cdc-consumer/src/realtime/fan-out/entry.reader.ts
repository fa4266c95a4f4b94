import { Logger } from '@nestjs/common';
import { namespaceName } from '@sluice/contracts';
import type { FeedEntry, FeedEvent } from '../feed/feed-entry.js';
import { EventFacts } from '../subscription/event-facts.js';
import type { LiveSubscription } from '../subscription/live.subscription.js';
import { mayKnow } from '../subscription/view.js';
import { EventMessages } from './event.messages.js';
import { concerns, gapMessage, UNREADABLE } from './gap.message.js';
import type { SharedMessage } from './shared.message.js';

/** A change that was read: what it shows, and what is sent of it. */
export interface ReadChange {
  readonly facts: EventFacts;
  readonly messages: EventMessages;
}

const logger = new Logger('Realtime');

/** Undefined where it cannot be read. */
export function readChange(entry: FeedEvent, maxMessageBytes: number): ReadChange | undefined {
  const { event } = entry;
  if (event === undefined) return undefined;
  return { facts: new EventFacts(event), messages: new EventMessages(entry, event, maxMessageBytes) };
}

/**
 * What a change is to a subscription. What cannot be told of it, since it holds what JSON cannot say, is a gap: silence
 * would be taken for nothing having changed.
 */
export function messageFor(
  entry: FeedEvent,
  change: ReadChange | undefined,
  subscription: LiveSubscription,
): SharedMessage | undefined {
  if (change === undefined) return gapMessage({ cursor: entry.cursor, gap: UNREADABLE });
  try {
    // Documents came by a rename from where the subscription may not look: that they came is all it is told.
    if (isForeign(entry, change, subscription)) return gapMessage({ cursor: entry.cursor, gap: UNREADABLE });
    return subscription.messageFor(entry.position, change.facts, change.messages);
  } catch (error) {
    const { id: eventId, stream, position, namespace } = entry;
    logger.error({
      msg: `a change cannot be told to who is subscribed: ${String(error)}`,
      eventId,
      stream,
      position,
      namespace,
    });
    return gapMessage({ cursor: entry.cursor, gap: UNREADABLE });
  }
}

function isForeign(entry: FeedEvent, { facts }: ReadChange, { namespace, query }: LiveSubscription): boolean {
  const { event } = facts;
  return event.operation === 'rename' && entry.namespace !== namespace && !mayKnow(query.view, event.ns);
}

/** What a collection is called after a change, where that renames it: whoever is subscribed to that name gets documents. */
export function newNameBy({ facts: { event } }: ReadChange): string | undefined {
  return event.operation === 'rename' ? namespaceName(event.to) : undefined;
}

/** Whether an entry could mean anything to a subscription, before it is read. */
export function couldConcern(entry: FeedEntry, { namespace }: LiveSubscription): boolean {
  if (entry.kind === 'gap') return concerns(entry.gap, namespace);
  if (entry.operation === 'rename') return true; // its new name stands in what is not read yet
  const told = entry.namespace;
  return told !== undefined && (told === namespace || (!told.includes('.') && namespace.startsWith(`${told}.`)));
}
