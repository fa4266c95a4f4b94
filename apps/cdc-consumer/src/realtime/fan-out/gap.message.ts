import type { FeedGap, FeedGapEntry } from '../feed/feed-entry.js';
import { messageOf, type SharedMessage } from './shared.message.js';

export function gapMessage({ cursor, gap }: Pick<FeedGapEntry, 'cursor' | 'gap'>): SharedMessage {
  const { reason, from, to } = gap;
  const times = { from: from?.toISOString() ?? null, to: to?.toISOString() ?? null };
  return messageOf({ type: 'gap', cursor, reason, ...times }, cursor);
}

/** A change whose message cannot be read: whoever wanted it has missed one, and when is not known. */
export const UNREADABLE: FeedGap = { reason: 'source', from: null, to: null };

/** Whether a gap concerns a subscription; one that names no namespace concerns all. */
export function concerns({ namespace }: FeedGap, subscribed: string): boolean {
  return namespace === undefined || namespace === subscribed || subscribed.startsWith(`${namespace}.`);
}
