import { relaxedJsonOf, type ChangeEvent, type OmittableField } from '@sluice/contracts';
import type { FeedEvent } from '../feed/feed-entry.js';
import type { SubscriptionQuery } from '../subscription/subscription.query.js';
import type { View } from '../subscription/view.js';
import { canTellChanges, eventJson, leaveJson } from './event.json.js';
import { SharedMessage } from './shared.message.js';

/** Room for a subscription's name and the message's frame. */
const FRAME_BYTES = 1_024;

/** What one change looks like to each view, written once for all of its subscriptions. */
export class EventMessages {
  /** By view; null: each subscription gets its own, with its link to the document. */
  private readonly events = new Map<string, SharedMessage | null>();
  private readonly leaves = new Map<string, SharedMessage>();

  constructor(
    private readonly entry: Pick<FeedEvent, 'cursor'>,
    private readonly event: ChangeEvent,
    private readonly maxBytes: number,
  ) {}

  eventFor(query: SubscriptionQuery): SharedMessage {
    const { view } = query;
    let message = this.events.get(view.key);
    if (message === undefined) this.events.set(view.key, (message = this.shared(view)));
    return message ?? this.shortened(query);
  }

  leaveFor(view: View): SharedMessage {
    let message = this.leaves.get(view.key);
    if (message === undefined) {
      const { cursor } = this.entry;
      message = new SharedMessage('leave', `,${leaveJson(this.event, view)}}`, cursor);
      this.leaves.set(view.key, message);
    }
    return message;
  }

  /** Null where the message has no room for the document, or nothing else says what the changes may not. */
  private shared(view: View): SharedMessage | null {
    const { event } = this;
    const untellable = this.untellable(view);
    const hasDocument = 'fullDocument' in event && event.fullDocument !== undefined;
    if (event.omitted?.fullDocument === true || (untellable.length > 0 && !hasDocument)) return null;
    const message = this.written(view, untellable);
    return this.fits(message) ? message : null;
  }

  /** Left out for a view that may not see all of what it would tell. */
  private untellable(view: View): readonly OmittableField[] {
    return canTellChanges(this.event, view) ? [] : ['updateDescription'];
  }

  private fits({ size }: SharedMessage): boolean {
    return size <= this.maxBytes - FRAME_BYTES;
  }

  /** Without the document, or what says how it changed: each subscription's own, since its link says what it may see. */
  private shortened(query: SubscriptionQuery): SharedMessage {
    const { event } = this;
    const { view } = query;
    const href = 'documentKey' in event ? query.hrefOf(relaxedJsonOf(event.documentKey._id)) : undefined;
    const withChanges = this.written(view, ['fullDocument', ...this.untellable(view)], href);
    return this.fits(withChanges) ? withChanges : this.written(view, ['fullDocument', 'updateDescription'], href);
  }

  private written(view: View, fields: readonly OmittableField[] = [], href?: string): SharedMessage {
    const { cursor } = this.entry;
    const omission = fields.length === 0 ? undefined : { fields, href };
    const json = eventJson(this.event, view, omission);
    return new SharedMessage('event', `,"event":${json}}`, cursor);
  }
}
