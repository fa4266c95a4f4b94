import type { RealtimeMessage } from '@sluice/contracts';
import { ItemQueue } from './item.queue.js';
import type { RealtimeError } from './realtime.error.js';
import type { RealtimeItem, SubscriptionRequest } from './realtime.item.js';

/** The way to the server. */
export interface SubscriptionLink {
  start(subscription: SubscriptionEnd): void;
  /** Nothing more of it for now; `start` goes on. */
  hold(subscription: SubscriptionEnd): void;
  stop(subscription: SubscriptionEnd): void;
}

/** A subscription as the client sees it: the end where its messages come in. */
export interface SubscriptionEnd {
  /** What to ask the server for now. */
  readonly request: SubscriptionRequest;
  /** A message of it has come, of about so many bytes. */
  take(message: ItemMessage, bytes: number): void;
  /** Where it stands without an item. */
  moved(cursor: string | undefined): void;
  /** The connection is gone. */
  cut(): void;
  /** It has ended, or never began. */
  end(error: RealtimeError | undefined): void;
}

/** Of those messages come items. */
export type ItemMessage = Extract<RealtimeMessage, { type: 'event' | 'leave' | 'gap' | 'snapshot' }>;

/**
 * One subscription, whatever happens to the connection: after a cut it goes on behind the last item that has come.
 *
 * Items wait here until they are taken. Where more than `bufferBytes` wait, the server is asked to stop, and to go on
 * behind the last of them once half are taken: a slow reader holds up no other subscription, and loses nothing that is
 * within the server's retention. The pages of a snapshot, which the server bounds, are taken in any case.
 */
export class Subscription<T> implements AsyncIterableIterator<RealtimeItem<T>, undefined>, SubscriptionEnd {
  private readonly queue = new ItemQueue<RealtimeItem<T>>();
  /** Behind the last item that has come: where it goes on after a cut. */
  private received: string | undefined;
  /** Behind the last item that the reader is done with. */
  private done: string | undefined;
  /** Come, and not yet done with. */
  private open = 0;
  /** With the reader. */
  private handed: RealtimeItem<T>[] = [];
  private isMidSnapshot = false;
  private isHeld = false;
  private hasEnded = false;

  /** Made by `RealtimeClient.subscribe`. */
  constructor(
    private readonly wanted: SubscriptionRequest,
    private readonly bufferBytes: number,
    private readonly link: SubscriptionLink,
  ) {}

  /**
   * Resumes behind everything that the reader has taken and come back from, as `from` of another subscription: also on
   * another day, within the retention. Undefined until the server has said one.
   */
  get cursor(): string | undefined {
    return this.open === 0 ? this.received : this.done;
  }

  get request(): SubscriptionRequest {
    if (this.received === undefined) return this.wanted;
    const { snapshot: _taken, ...changes } = this.wanted;
    return { ...changes, from: this.received };
  }

  next(): Promise<IteratorResult<RealtimeItem<T>, undefined>> {
    this.settle();
    const next = this.queue.next().then((result) => {
      if (result.value) this.handed.push(result.value);
      return result;
    });
    if (this.isHeld && !this.hasEnded && this.queue.weight <= this.bufferBytes / 2) {
      this.isHeld = false;
      this.link.start(this);
    }
    return next;
  }

  return(): Promise<IteratorResult<RealtimeItem<T>, undefined>> {
    this.close();
    return Promise.resolve({ value: undefined, done: true });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /**
   * Calls `listener` with one item after the other; a promise that it answers is waited for. Resolves when the
   * subscription is closed, rejects with the `RealtimeError` that ended it, or with what the listener throws.
   */
  async forEach(listener: (item: RealtimeItem<T>) => void | Promise<void>): Promise<void> {
    for await (const item of this) await listener(item);
  }

  /** Ends it; what waits here is not given any more. */
  close(): void {
    this.end(undefined);
    this.queue.discard();
  }

  end(error: RealtimeError | undefined): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.link.stop(this);
    this.queue.finish(error);
  }

  /** Nowhere, while it waits for its snapshot. */
  moved(cursor: string | undefined): void {
    if (this.wanted.snapshot && this.received === undefined) return;
    this.received = cursor ?? this.received;
  }

  take(message: ItemMessage, bytes: number): void {
    if (message.type !== 'snapshot' && this.queue.weight > 0 && this.queue.weight + bytes > this.bufferBytes) {
      this.isHeld = true;
      this.link.hold(this); // this one comes again, since `received` stays before it
      return;
    }
    this.open += 1;
    this.received = message.cursor ?? this.received;
    this.queue.push(this.itemOf(message), bytes);
  }

  /** A snapshot cannot be resumed: it begins again. */
  cut(): void {
    this.isMidSnapshot = false;
  }

  private itemOf(message: ItemMessage): RealtimeItem<T> {
    // The casts: of what type its documents are, says whoever subscribes.
    const { id: _ofTheConnection, ...item } = message;
    if (item.type !== 'snapshot') return item as unknown as RealtimeItem<T>;
    const isFirst = !this.isMidSnapshot;
    this.isMidSnapshot = item.cursor === undefined;
    return { ...item, isFirst } as unknown as RealtimeItem<T>;
  }

  /** The reader comes back for the next one: it is done with the one before. */
  private settle(): void {
    this.done = this.handed.at(-1)?.cursor ?? this.done;
    this.open -= this.handed.length;
    this.handed = [];
  }
}
