import type { FeedGap, FeedGapEntry } from '../feed/feed-entry.js';
import { messageOf, type SharedMessage } from './shared.message.js';

export function gapMessage({ cursor, gap }: Pick<FeedGapEntry, 'cursor' | 'gap'>): SharedMessage {
  const { reason, from, to } = gap;
  const times = { from: from?.toISOString() ?? null, to: to?.toISOString() ?? null };
  return messageOf({ type: 'gap', cursor, reason, ...times });
}

/** A change whose message cannot be read: whoever wanted it has missed one, and when is not known. */
export const UNREADABLE: FeedGap = { reason: 'source', from: null, to: null };

/** Whether a gap concerns a subscription: one of a database alone concerns its collections, one without a namespace all. */
export function concerns({ namespace }: FeedGap, subscribed: string): boolean {
  if (namespace === undefined || namespace === subscribed) return true;
  return !namespace.includes('.') && subscribed.startsWith(`${namespace}.`); // a collection's name may hold dots
}
