import { Logger } from '@nestjs/common';
import type { FeedEntry, FeedEvent } from '../feed/feed-entry.js';
import { EventFacts } from '../subscription/event-facts.js';
import type { LiveSubscription } from '../subscription/live.subscription.js';
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
    return subscription.messageFor(entry.position, change.facts, change.messages);
  } catch (error) {
    logger.error(`the change ${entry.id} of ${entry.namespace ?? 'a stream'} cannot be told: ${String(error)}`);
    return gapMessage({ cursor: entry.cursor, gap: UNREADABLE });
  }
}

/** Whether an entry could mean anything to a subscription, before it is read. */
export function couldConcern(entry: FeedEntry, { namespace }: LiveSubscription): boolean {
  if (entry.kind === 'gap') return concerns(entry.gap, namespace);
  const told = entry.namespace;
  return told !== undefined && (told === namespace || (!told.includes('.') && namespace.startsWith(`${told}.`)));
}
