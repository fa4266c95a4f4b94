import { cursorSchema, type Subscription } from '@sluice/contracts';
import { couldConcern, messageFor, newNameBy, readChange } from '../fan-out/entry.reader.js';
import type { FanOut } from '../fan-out/fan.out.js';
import { gapMessage } from '../fan-out/gap.message.js';
import type { SharedMessage } from '../fan-out/shared.message.js';
import type { FeedEntry } from '../feed/feed-entry.js';
import type { Feed, FeedReceiver, FeedStart } from '../feed/feed.js';
import type { LiveSubscription } from './live.subscription.js';
import { SnapshotPoint } from './snapshot.point.js';

/** Where a subscription begins; a cursor says by its point too what of a snapshot it has. */
export function startOf(from: Subscription['from'], subscription: LiveSubscription): FeedStart {
  if (from === undefined || from === 'now') return 'now';
  if (!cursorSchema.safeParse(from).success) return { time: new Date(from) };
  const { place, point } = SnapshotPoint.in(from);
  if (point?.isOf(subscription.query) === true) subscription.point = point;
  return { cursor: place };
}

/** Brings one subscription from where it stands to what is live, no faster than its client reads. */
export class FeedFollower implements FeedReceiver {
  private hasBegun = false;

  constructor(
    private readonly subscription: LiveSubscription,
    private readonly feed: Feed,
    private readonly fanOut: FanOut,
    private readonly maxMessageBytes: number,
    /** Before the first message; gets where it begins, if that is known. */
    private readonly begin: (cursor: string | undefined) => void,
  ) {}

  take(entry: FeedEntry): void | Promise<void> {
    const { subscription } = this;
    this.beginOnce(subscription.cursor);
    if (couldConcern(entry, subscription)) return subscription.connection.whenRoom(() => this.tell(entry));
    subscription.cursor = entry.cursor;
  }

  live(): void {
    const { subscription } = this;
    if (subscription.ending.signal.aborted) return;
    this.beginOnce(subscription.cursor ?? this.feed.head);
    this.fanOut.add(subscription);
  }

  private messageOf(entry: FeedEntry): SharedMessage | undefined {
    if (entry.kind === 'gap') return gapMessage(entry);
    const change = readChange(entry, this.maxMessageBytes);
    const { namespace } = this.subscription;
    const isOther = change !== undefined && entry.namespace !== namespace && entry.operation === 'rename';
    if (isOther && newNameBy(change) !== namespace) return undefined;
    return messageFor(entry, change, this.subscription);
  }

  /** Only then does it stand behind the entry: a heartbeat before would have the client go on behind what it never got. */
  private tell(entry: FeedEntry): void {
    const { subscription } = this;
    if (subscription.ending.signal.aborted) return;
    const message = this.messageOf(entry);
    if (message !== undefined) subscription.send(message);
    subscription.cursor = entry.cursor;
  }

  private beginOnce(cursor: string | undefined): void {
    if (this.hasBegun) return;
    this.hasBegun = true;
    this.begin(cursor);
  }
}
