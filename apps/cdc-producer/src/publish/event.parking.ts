import { Logger } from '@nestjs/common';
import { ChangeSignal } from '@sluice/platform';
import { Backoff } from '../change-stream/backoff.plan.js';
import { StreamFencedError } from '../change-stream/stream.error.js';
import type { CheckpointMark } from '../checkpoint/checkpoint.writer.js';
import type { ChangeMessage } from './change-message.js';
import { messageFields } from './message.fields.js';
import type { ParkedEventStore } from './parked-event.js';
import { ParkedBacklog } from './parked-backlog.js';
import { ParkedDocuments } from './parked-documents.js';
import { ParkedPublisher, type ParkedPublisherParts } from './parked.publisher.js';

export interface ParkingParts extends Omit<ParkedPublisherParts, 'documents' | 'skipped' | 'published'> {
  readonly store: ParkedEventStore;
  /** Where reading goes on; undefined where that is not known before the first mark. */
  readonly from: CheckpointMark | undefined;
  /** Calls back when routing may have changed, or publishing may go on; answers how to stop that. */
  readonly onNews: (listener: () => void) => () => void;
}

export interface ParkingListener {
  /** So many events are parked now. */
  parked(events: number): void;
  /** A parked event was taken away unpublished: no group asks for it any more. */
  skipped(): void;
  /** The broker has taken a parked event. */
  published(message: ChangeMessage): void;
  /** Documents are free again: what waited for them may go out. */
  released(): void;
  /** The state database does not take an event: the stream stands behind it; undefined when it does again. */
  failed(reason: string | undefined): void;
}

/** What the publisher asks of it. */
export type Parking = Pick<EventParking, 'load' | 'mustPark' | 'begin' | 'take'>;

interface Waiting {
  readonly message: ChangeMessage;
  readonly stored: () => void;
}

const STORE_EVENTS = 500;

/** One stream's parked events, for as long as this producer holds it: what goes in, and what goes out again. */
export class EventParking {
  private readonly logger: Logger;
  private readonly documents = new ParkedDocuments();
  private readonly backlog: ParkedBacklog;
  private readonly publisher: ParkedPublisher;
  private readonly changed = new ChangeSignal();
  private readonly queue: Waiting[] = [];
  private events = 0;

  constructor(
    private readonly parts: ParkingParts,
    private readonly listener: ParkingListener,
  ) {
    this.logger = new Logger(`parking ${parts.stream}`);
    this.backlog = new ParkedBacklog(parts.from);
    this.publisher = new ParkedPublisher({
      ...parts,
      documents: this.documents,
      skipped: () => listener.skipped(),
      published: (message) => listener.published(message),
    });
  }

  /** Reads what an earlier holder of the stream has parked; nothing may be published before. */
  async load(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        const found = await this.parts.store.documents(this.parts.stream);
        for (const { document } of found) this.documents.add(document);
        this.backlog.found(found);
        return this.count(found.reduce((sum, { events }) => sum + events, 0));
      } catch (error) {
        this.listener.failed(`parked events cannot be read: ${String(error)}`);
        await backoff.wait(signal);
      }
    }
  }

  mustPark(message: ChangeMessage): boolean {
    return this.documents.mustPark(message);
  }

  /** An event came back: it and what follows of its document is parked from now on. The first one is worth a line. */
  begin(message: ChangeMessage, why: string): void {
    const msg = `${why} What it does not take is parked until then`;
    if (this.documents.isEmpty) this.logger.warn({ msg, ...messageFields(message, this.parts.stream) });
    this.documents.add(message.document);
  }

  /** Parks an event; `stored` is called when that is safe. In the order of the calls. */
  take(message: ChangeMessage, stored: () => void): void {
    this.documents.store(message);
    this.queue.push({ message, stored });
    this.changed.notify();
  }

  /** Everything up to the mark is published or parked. */
  reach(mark: CheckpointMark): void {
    if (this.backlog.reach(mark)) this.changed.notify();
  }

  /** Stores and publishes until the signal fires. @throws StreamFencedError when another producer has the stream. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.keepStoring(signal), this.keepPublishing(signal)]);
  }

  private async keepStoring(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        if (this.queue.length > 0) await this.storeSome();
        else await this.changed.wait(signal);
        backoff.reset();
      } catch (error) {
        if (error instanceof StreamFencedError) throw error;
        if (backoff.attempts === 0) this.tellUnstored(error);
        this.listener.failed(`an event that no queue takes cannot be parked: ${String(error)}`);
        await backoff.wait(signal);
      }
    }
  }

  private async storeSome(): Promise<void> {
    const { store, stream, epoch } = this.parts;
    const some = this.queue.slice(0, STORE_EVENTS);
    const messages = some.map(({ message }) => message);
    if ((await store.park(stream, epoch, messages)) === 'fenced') throw new StreamFencedError(stream);
    this.queue.splice(0, some.length);
    for (const { message, stored } of some) {
      this.documents.stored(message.document);
      stored();
    }
    this.listener.failed(undefined);
    this.count(this.events + some.length);
  }

  /** By the first of those that wait; the others are behind it. */
  private tellUnstored(error: unknown): void {
    const { stream } = this.parts;
    const msg = `events not parked, trying again: ${String(error)}`;
    const [first] = this.queue;
    const about = first === undefined ? { stream } : messageFields(first.message, stream);
    this.logger.warn({ msg, ...about, events: this.queue.length });
  }

  private async keepPublishing(signal: AbortSignal): Promise<void> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      if (this.events === 0 || !this.backlog.isPast) {
        await this.changed.wait(signal);
        continue;
      }
      try {
        const published = await this.publisher.tryAll(signal);
        if (published > 0) backoff.reset();
        this.count(this.documents.isEmpty ? 0 : Math.max(1, this.events - published));
        if (published > 0) this.listener.released();
      } catch (error) {
        if (error instanceof StreamFencedError) throw error;
        const { stream } = this.parts;
        this.logger.warn({ msg: `parked events not published: ${String(error)}`, stream, events: this.events });
      }
      if (this.events > 0) await this.news(backoff, signal);
    }
  }

  /** Waits for the next attempt, or for a change of groups and queues. */
  private async news(backoff: Backoff, signal: AbortSignal): Promise<void> {
    const early = new AbortController();
    const unsubscribe = this.parts.onNews(() => early.abort());
    try {
      await backoff.wait(AbortSignal.any([signal, early.signal]));
    } finally {
      unsubscribe();
    }
  }

  private count(events: number): void {
    if (events === 0 && this.events > 0) this.logger.log('nothing is parked any more');
    this.events = events;
    this.listener.parked(events);
    this.changed.notify();
  }
}
