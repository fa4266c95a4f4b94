import { aReplace } from '@sluice/testing';
import { describe, expect, it } from 'vitest';
import { FeedCursorError } from './feed-cursor.error.js';
import type { FeedEntry } from './feed-entry.js';
import { MemoryFeed } from './memory.feed.fixture.js';

const never = new AbortController().signal;

function recording() {
  const taken: (FeedEntry | 'live')[] = [];
  return { taken, take: (entry: FeedEntry) => void taken.push(entry), live: () => void taken.push('live') };
}

describe('the feed of the tests', () => {
  it('replays what is behind a cursor, and joins behind the newest', async () => {
    const feed = new MemoryFeed();
    const [first, second] = [1, 2].map((_id) => feed.tell(aReplace('shop.orders', { _id })));
    const receiver = recording();
    await feed.replay({ cursor: first?.cursor ?? '' }, receiver, never);
    expect(receiver.taken).toEqual([second, 'live']);
  });

  it('tells whoever comes too late that something is missing', async () => {
    const feed = new MemoryFeed();
    const start = feed.head;
    feed.tell(aReplace('shop.orders', { _id: 1 }));
    feed.forget();
    const receiver = recording();
    await feed.replay({ cursor: start }, receiver, never);
    expect(receiver.taken).toMatchObject([{ kind: 'gap', gap: { reason: 'retention' } }, 'live']);
    await expect(feed.replay({ cursor: 'c1.x' }, receiver, never)).rejects.toThrow(FeedCursorError);
  });
});
