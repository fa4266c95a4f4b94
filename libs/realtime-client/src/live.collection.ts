import type { RealtimeDocument } from '@sluice/contracts';
import { Listeners } from './listeners.js';
import type { RealtimeError } from './realtime.error.js';
import type { EventItem, RealtimeItem, SnapshotItem, SubscriptionRequest } from './realtime.item.js';
import type { Subscription } from './subscription.js';
import { updated } from './update-description.js';

/** Which documents; all their changes are needed, so that neither operations nor a start can be chosen. */
export interface LiveCollectionRequest<T> extends Omit<SubscriptionRequest, 'operations' | 'from' | 'snapshot'> {
  /**
   * Fetches a document that was too large for a message from its `href`; null: it is gone. Where that fails, the document
   * is taken out, and its `href` told. By default fetched from the server, with a ticket where the client has them.
   */
  readonly load?: (href: string) => Promise<T | null>;
}

/** How `documents` has changed. */
export type CollectionChange<T> =
  | { readonly type: 'set'; readonly key: string; readonly document: T }
  /** With `href`: it is there, but too large for a message. */
  | { readonly type: 'remove'; readonly key: string; readonly href?: string }
  /** All of it is new: a snapshot was taken, or the collection was emptied. */
  | { readonly type: 'reset' }
  /** Changes may be missing; what is shown is kept until a new snapshot is here. */
  | { readonly type: 'stale'; readonly because: 'gap' | 'invalidate' | 'rename' }
  /** Nothing more comes: closed, or refused for the reason given. */
  | { readonly type: 'end'; readonly error?: RealtimeError };

/** The key of a document in `documents`: its `_id` as JSON, so that 1 and "1" stay two. */
export function keyOf(documentKey: RealtimeDocument): string {
  return JSON.stringify(documentKey['_id']);
}

/** The documents that match, as they are now: a snapshot, and the changes after it folded in. */
export class LiveCollection<T> {
  /** By `keyOf`. The same map for ever, changed in place. */
  readonly documents: ReadonlyMap<string, T>;
  private readonly current = new Map<string, T>();
  /** The pages of a snapshot that is not complete. */
  private incoming = new Map<string, T>();
  private readonly listeners = new Listeners<[CollectionChange<T>]>();
  private subscription: Subscription<T> | undefined;
  private end: Extract<CollectionChange<T>, { type: 'end' }> | undefined;
  private isComplete = false;

  /** Made by `RealtimeClient.liveCollection`. */
  constructor(
    private readonly request: LiveCollectionRequest<T>,
    private readonly subscribe: (request: SubscriptionRequest) => Subscription<T>,
  ) {
    this.documents = this.current;
    void this.follow();
  }

  /** Calls `listener` with every change, after it is in `documents`; answers how to stop that. */
  onChange(listener: (change: CollectionChange<T>) => void): () => void {
    return this.listeners.add(listener);
  }

  /** Whether `documents` is complete and, as far as is known, nothing is missing. */
  get isCurrent(): boolean {
    return this.isComplete && this.end === undefined;
  }

  /** Resolves when the first snapshot is here; rejects with why there will be none. */
  ready(): Promise<this> {
    if (this.isComplete) return Promise.resolve(this);
    return new Promise((resolve, reject) => {
      const settle = (change: CollectionChange<T>): void => {
        if (change.type !== 'reset' && change.type !== 'end') return;
        stop();
        if (change.type === 'reset') resolve(this);
        else reject(change.error ?? new Error('The collection was closed before it was complete.'));
      };
      const stop = this.onChange(settle);
      if (this.end) settle(this.end);
    });
  }

  /** Ends it; `documents` stays as it is. */
  close(): void {
    this.subscription?.close();
    this.tellEnd(undefined);
  }

  private async follow(): Promise<void> {
    try {
      while (!this.end) await this.followOne();
    } catch (error) {
      this.tellEnd(error as RealtimeError); // nothing else is thrown: a subscription ends so, and `load` is caught
    }
  }

  /** From a snapshot to where another one is needed, or to the end. */
  private async followOne(): Promise<void> {
    this.subscription = this.subscribe({ ...wanted(this.request), snapshot: true });
    for await (const item of this.subscription) {
      const why = await this.fold(item);
      if (why === undefined) continue;
      this.isComplete = false;
      this.tell({ type: 'stale', because: why });
      return;
    }
    this.tellEnd(undefined);
  }

  /** Answers why a new snapshot is needed. */
  private fold(item: RealtimeItem<T>): Promise<Stale | undefined> | Stale | undefined {
    switch (item.type) {
      case 'snapshot':
        return this.takePage(item);
      case 'leave':
        return this.remove(keyOf(item.documentKey));
      case 'gap':
        return 'gap';
      case 'event':
        return item.event.documentKey === undefined
          ? this.foldControl(item)
          : this.foldChange(item.event, item.event.documentKey);
    }
  }

  private takePage({ documents, isFirst, cursor }: SnapshotItem<T>): undefined {
    if (isFirst) this.incoming = new Map();
    for (const { documentKey, fullDocument } of documents) this.incoming.set(keyOf(documentKey), fullDocument);
    if (cursor === undefined) return;
    this.replaceAll(this.incoming);
    this.incoming = new Map();
    this.isComplete = true;
    this.tell({ type: 'reset' });
  }

  /** Of a whole namespace: gone, or no longer known. */
  private foldControl({ event: { operation, to } }: EventItem<T>): Stale | undefined {
    const { namespace } = this.request;
    if (operation === 'invalidate' || operation === 'gap') return operation;
    if (operation === 'rename' && to && `${to.db}.${to.coll ?? ''}` === namespace) return operation;
    this.replaceAll(new Map());
    this.tell({ type: 'reset' });
    return undefined;
  }

  private async foldChange(event: EventItem<T>['event'], documentKey: RealtimeDocument): Promise<undefined> {
    const key = keyOf(documentKey);
    const before = this.current.get(key);
    if (event.operation === 'delete') return this.remove(key);
    if (event.fullDocument != null) return this.set(key, event.fullDocument);
    if (event.href !== undefined) return this.loadLarge(key, event.href);
    // Looked up and not found, or never looked up: gone since, of which a delete will tell.
    if (before !== undefined && event.updateDescription) this.set(key, updated(before, event.updateDescription));
  }

  private async loadLarge(key: string, href: string): Promise<undefined> {
    const document = await Promise.resolve(href)
      .then(this.request.load ?? nowhere)
      .catch(() => undefined);
    if (document === undefined || document === null) return this.remove(key, document === null ? {} : { href });
    this.set(key, document);
  }

  private set(key: string, document: T): undefined {
    this.current.set(key, document);
    this.tell({ type: 'set', key, document });
  }

  private remove(key: string, why: { readonly href?: string } = {}): undefined {
    if (this.current.delete(key) || why.href !== undefined) this.tell({ type: 'remove', key, ...why });
  }

  private replaceAll(documents: ReadonlyMap<string, T>): void {
    this.current.clear();
    for (const [key, document] of documents) this.current.set(key, document);
  }

  private tellEnd(error: RealtimeError | undefined): void {
    if (this.end) return;
    this.end = { type: 'end', ...(error ? { error } : {}) };
    this.tell(this.end);
  }

  private tell(change: CollectionChange<T>): void {
    this.listeners.tell(change);
  }
}

type Stale = Extract<CollectionChange<never>, { type: 'stale' }>['because'];

/** What the server is asked for; `load` is ours. */
function wanted<T>({ load: _ours, ...request }: LiveCollectionRequest<T>): SubscriptionRequest {
  return request;
}

function nowhere(): undefined {
  return undefined;
}
