import {
  namespaceName,
  parseNamespace,
  positionKey,
  type DocumentEvent,
  type DropDatabaseEvent,
  type DropEvent,
  type GapEvent,
  type RenameEvent,
} from '@sluice/contracts';
import type { Collection } from 'mongodb';
import type { BatchContext } from '../batch/batch-context.js';
import { systemClock } from '../clock/system.clock.js';
import type { EventContext } from '../context/event-context.js';
import { eventSpan } from '../context/event.fields.js';
import { OnBatch } from '../decorators/on-batch.decorator.js';
import { OnChange } from '../decorators/on-change.decorator.js';
import { DEFAULT_RETRY_POLICY, type RetryOptions } from '../retry/retry.policy.js';
import { compareCollections, type MirrorComparison } from './mirror.comparison.js';
import { noCounts, type MirrorCounters } from './mirror.counters.js';
import { MirrorUnavailableError } from './mirror.errors.js';
import { assertOneCollection, tombstoneTtlMs, type MirrorOptions } from './mirror.options.js';
import type { MirrorGap } from './mirror.state.js';
import { MirrorWriter } from './mirror.writer.js';
import { MIRRORS_COLLECTION, MongoMirrorStore } from './mongo-mirror.store.js';

/** Gives the collection that a mirror is kept in; asked once, at the first event: its client may connect later. */
export type MirrorTarget = () => Collection;

/** What a mirror is of, and what it has done since the start of this process. */
export interface MirrorFigures extends Readonly<MirrorCounters> {
  readonly from: string;
}

/** How a mirror is doing. */
export interface MirrorStatus extends Readonly<MirrorCounters> {
  /** Why it may lack changes; empty for a mirror that is whole. */
  readonly gaps: readonly MirrorGap[];
}

/** What is dropped, renamed or lost concerns the collection as a whole. */
type CollectionEvent = DropEvent | RenameEvent | DropDatabaseEvent | GapEvent;

/** A mirror's class, to be extended by a provider that gives it its collection. */
export type MirrorClass = abstract new (target: MirrorTarget) => MirrorProjection;

/** While the mirror's database is away its events wait without end; what else fails is tried as usual. */
const RETRY: RetryOptions = {
  attempts: Number.MAX_SAFE_INTEGER,
  maxDelayMs: 5_000,
  retryIf: (error, attempt) => error instanceof MirrorUnavailableError || attempt < DEFAULT_RETRY_POLICY.attempts,
};

interface OpenMirror {
  readonly store: MongoMirrorStore;
  readonly writer: MirrorWriter;
  readonly collection: Collection;
}

/**
 * Keeps a copy of a collection in another one. Every document of the copy holds the position of the change that made
 * it, under `_sluice`, and a write happens only where it is newer: whatever comes again, late, or from two replicas
 * during a hand-over, no document goes back. What deletes leave are documents with `_sluice.deletedAt`.
 */
export abstract class MirrorProjection {
  private opened: Promise<OpenMirror> | undefined;
  private readonly counters = noCounts();

  protected constructor(
    private readonly options: MirrorOptions,
    private readonly target: MirrorTarget,
  ) {}

  /**
   * The base of a provider that mirrors `from`:
   * `class OrdersMirror extends MirrorProjection.of({ from: 'shop.orders' })`.
   * @throws MirrorOptionsInvalidError, HandlerNamespaceInvalidError, BatchLimitsInvalidError
   */
  static of(options: MirrorOptions): MirrorClass {
    assertOneCollection(options);
    tombstoneTtlMs(options);
    const { from: namespace, maxEvents, maxWaitMs } = options;
    const limits = {
      ...(maxEvents === undefined ? {} : { maxEvents }),
      ...(maxWaitMs === undefined ? {} : { maxWaitMs }),
    };

    abstract class MirrorOfCollection extends MirrorProjection {
      constructor(target: MirrorTarget) {
        super(options, target);
      }

      @OnBatch(namespace, {
        ...limits,
        operations: ['insert', 'update', 'replace', 'delete', 'read'],
        retry: RETRY,
      })
      mirror(events: readonly DocumentEvent[], batch: BatchContext): Promise<void> {
        return this.apply(events, batch);
      }

      @OnChange({ namespace, operations: ['drop', 'rename', 'dropDatabase', 'gap'], retry: RETRY })
      collectionChanged(event: CollectionEvent, context: EventContext): Promise<void> {
        return this.applyToCollection(event, context);
      }
    }
    return MirrorOfCollection;
  }

  /** Counted since the start of this process; `gaps` are the mirror's own, and stay. */
  async status(): Promise<MirrorStatus> {
    const { store, writer } = await this.open();
    return { ...writer.counters, gaps: (await store.record()).gaps };
  }

  /** As far as they are known without asking the mirror's database. */
  figures(): MirrorFigures {
    return { from: this.options.from, ...this.counters };
  }

  /** Compares the mirror with its source, while nothing is written: for tests, and for those who want to know. */
  async equalsSource(source: Collection): Promise<MirrorComparison> {
    return compareCollections(source, (await this.open()).collection);
  }

  /** Says that the collection has been copied anew since the gaps. */
  async markComplete(): Promise<void> {
    await (await this.open()).store.removeGaps();
  }

  protected async apply(events: readonly DocumentEvent[], batch: BatchContext): Promise<void> {
    const { writer } = await this.open();
    const { failures, unknown } = await writer.apply(events, (event) => batch.contextOf(event).replayed);
    for (const [event, error] of failures) batch.fail(event, error);
    if (unknown.length === 0) return;
    const about = { unknown: unknown.length, ...eventSpan(unknown) };
    batch.logger.warn('updates of documents that are neither in the mirror nor in the source', about);
  }

  protected async applyToCollection(event: CollectionEvent, { logger }: EventContext): Promise<void> {
    const { store, writer } = await this.open();
    if (event.operation !== 'gap') await writer.drop(positionKey(event.position));
    const gap = gapOf(event, this.options.from);
    if (gap === undefined) return;
    await store.addGap(gap);
    logger.warn('the mirror lacks changes until its collection is copied again', { ...gap });
  }

  private open(): Promise<OpenMirror> {
    this.opened ??= this.openOnce().catch((error: unknown) => {
      this.opened = undefined;
      throw error;
    });
    return this.opened;
  }

  private async openOnce(): Promise<OpenMirror> {
    const { from } = this.options;
    const ttlMs = tombstoneTtlMs(this.options);
    const collection = this.target();
    const records = collection.db.collection(MIRRORS_COLLECTION);
    const store = await MongoMirrorStore.open(collection, records, { from, tombstoneTtlMs: ttlMs });
    return { store, writer: new MirrorWriter(store, ttlMs, systemClock, this.counters), collection };
  }
}

/** Changes that are lost, or documents that came under the collection's name without an event of their own. */
function gapOf(event: CollectionEvent, from: string): MirrorGap | undefined {
  const { id, stream, position } = event;
  const at = new Date(position.clusterTime.t * 1000);
  if (event.operation === 'gap') {
    const [begin, end] = [event.from, event.to].map(({ t }) => new Date(t * 1000)) as [Date, Date]; // of two, two
    return { event: id, stream, reason: 'gap', from: begin, to: end };
  }
  const isTakenOver = event.operation === 'rename' && namespaceName(event.to) === namespaceName(parseNamespace(from));
  return isTakenOver ? { event: id, stream, reason: 'renamed', from: at, to: at } : undefined;
}
