import type { RealtimeDocument } from '@sluice/contracts';
import { Listeners } from './listeners.js';
import type { RealtimeClock } from './realtime.clock.js';
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
  | { readonly type: 'stale'; readonly because: 'gap' | 'rename' }
  /** Nothing more comes: closed, or refused for the reason given. */
  | { readonly type: 'end'; readonly error?: RealtimeError };

/**
 * Bound of the random wait before a new snapshot, in ms: a gap comes to all collections of all clients at once, and each
 * snapshot is read from MongoDB.
 */
const SPREAD_MS = 1_000;

/** The key of a document in `documents`: its `_id` as JSON, so that 1 and "1" stay two. */
export function keyOf(documentKey: RealtimeDocument): string {
  return JSON.stringify(documentKey['_id']);
}

/** The documents that match, as they are now: a snapshot, and the changes after it folded in. */
export class LiveCollection<T> {
  /** By `keyOf`. The same map for ever, changed in place. */
  readonly documents: ReadonlyMap<string, T>;
  private readonly current = new Map<string, T>();
  /** The pages of a snapshot that is not complete; with its `href`: what could not be fetched. */
  private incoming = new Map<string, T>();
  private notFetched: [key: string, why: { href?: string }][] = [];
  private readonly listeners = new Listeners<[CollectionChange<T>]>();
  private subscription: Subscription<T> | undefined;
  private end: Extract<CollectionChange<T>, { type: 'end' }> | undefined;
  private isComplete = false;

  /** Made by `RealtimeClient.liveCollection`. */
  constructor(
    private readonly request: LiveCollectionRequest<T>,
    private readonly subscribe: (request: SubscriptionRequest) => Subscription<T>,
    private readonly clock: RealtimeClock,
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
      return new Promise((resolve) => {
        this.clock.after(this.clock.random() * SPREAD_MS, resolve);
      });
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

  private async takePage({ documents, isFirst, cursor }: SnapshotItem<T>): Promise<undefined> {
    if (isFirst) this.forgetPages();
    for (const { documentKey, fullDocument, href } of documents) {
      const key = keyOf(documentKey);
      const document = fullDocument ?? (await this.fetched(href));
      if (document) this.incoming.set(key, document);
      else if (document === undefined) this.notFetched.push([key, reason(href)]);
    }
    if (cursor === undefined) return;
    const { notFetched } = this;
    this.replaceAll(this.incoming);
    this.forgetPages();
    this.isComplete = true;
    this.tell({ type: 'reset' });
    for (const [key, why] of notFetched) this.remove(key, why);
  }

  private forgetPages(): void {
    this.incoming = new Map();
    this.notFetched = [];
  }

  /** Of a whole namespace: gone, or no longer known. */
  private foldControl({ event: { operation, to } }: EventItem<T>): Stale | undefined {
    const { namespace } = this.request;
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
    if (event.omitted?.includes('fullDocument')) return this.loadLarge(key, event.href);
    // Looked up and not found, or never looked up: gone since, of which a delete will tell.
    if (before !== undefined && event.updateDescription) this.set(key, updated(before, event.updateDescription));
  }

  private async loadLarge(key: string, href: string | undefined): Promise<undefined> {
    const document = await this.fetched(href);
    if (document) return this.set(key, document);
    this.remove(key, document === null ? {} : reason(href));
  }

  /** Null: it is gone; undefined: it could not be had. */
  private async fetched(href: string | undefined): Promise<T | null | undefined> {
    try {
      return href === undefined ? undefined : await this.request.load?.(href);
    } catch {
      return undefined;
    }
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

function reason(href: string | undefined): { href?: string } {
  return href === undefined ? {} : { href };
}
