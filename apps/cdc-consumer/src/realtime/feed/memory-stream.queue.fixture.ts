import { setImmediate as nextTurn } from 'node:timers/promises';
import { ChangeSignal } from '@sluice/platform';
import type { StreamedChange, StreamMessage } from './stream-message.js';
import { StreamQueue, type StreamPlace, type StreamSubscription } from './stream.queue.js';

type Content = Pick<StreamMessage, 'id'> & Partial<Pick<StreamMessage, 'body' | 'contentType'>>;

/** A stream queue without a broker, for tests: behaves as RabbitMQ's does, and fails when it is told to. */
export class MemoryStreamQueue extends StreamQueue {
  override readonly name = 'test.realtime';
  private messages: StreamMessage[] = [];
  private next = 0;
  private segments: number[] = [];
  private readonly growth = new ChangeSignal();
  private readonly subscriptions = new Set<{ cut: () => void; stall: () => void }>();
  /** Marks published so far. */
  marks = 0;
  /** Subscriptions opened so far. */
  opened = 0;

  /** `chunk`: so many messages the broker hands out, and begins at, together. */
  constructor(private readonly chunk = 3) {
    super();
  }

  get length(): number {
    return this.messages.length;
  }
  get kept(): readonly StreamMessage[] {
    return this.messages;
  }

  add(content: Content, change?: StreamedChange): void {
    const body = content.body ?? Buffer.alloc(0);
    const contentType = content.contentType ?? 'application/json';
    this.messages.push({ isMark: false, change, ...content, body, contentType, offset: this.next++ });
    this.growth.notify();
  }

  /** The broker ends a segment with a record of its own, and begins the next one. */
  endSegment(): void {
    this.next += 1;
    this.segments.push(this.next);
  }

  /** Retention gives up whole segments, and never the last one; so many messages are left at least. */
  truncate(left: number): void {
    const begin = this.segments.findLast(
      (start) => this.messages.filter(({ offset }) => offset >= start).length >= left,
    );
    this.messages = this.messages.filter(({ offset }) => offset >= (begin ?? 0));
  }

  /** The connection is lost. */
  cut(): void {
    for (const { cut } of [...this.subscriptions]) cut();
  }

  /** Those who read now get nothing more, and are not told. */
  stall(): void {
    for (const { stall } of this.subscriptions) stall();
  }

  /** Deleted; made anew with these messages by somebody else. */
  renew(): void {
    this.messages = [];
    this.segments = [];
    this.next = 0;
    this.cut();
  }

  override async ready(): Promise<void> {
    await nextTurn();
    if (this.messages.length === 0) await this.mark(`made ${this.next}`);
  }

  override async mark(id: string): Promise<void> {
    await nextTurn();
    this.marks += 1;
    this.messages.push({
      id,
      isMark: true,
      change: undefined,
      body: Buffer.alloc(0),
      contentType: undefined,
      offset: this.next++,
    });
    this.growth.notify();
  }

  override async open(from: StreamPlace): Promise<StreamSubscription> {
    await nextTurn();
    this.opened += 1;
    return this.subscribe(this.beginOf(from));
  }

  private beginOf(from: StreamPlace): number {
    if (from === 'first') return 0;
    if (from === 'last') return this.messages.at(-this.chunk)?.offset ?? this.messages[0]?.offset ?? this.next;
    if ('offset' in from) return from.offset;
    const seconds = from.time.getTime() / 1_000;
    const found = this.messages.findIndex(({ change }) => Number(change?.position.slice(0, 10)) >= seconds);
    return this.messages[Math.max(0, found - this.chunk)]?.offset ?? this.next;
  }

  private subscribe(begin: number): StreamSubscription {
    let at = begin;
    const over = new AbortController();
    let isStalled = false;
    const own = { cut: () => over.abort(), stall: () => (isStalled = true) };
    this.subscriptions.add(own);
    const read = async () => {
      for (await nextTurn(); !over.signal.aborted; await this.growth.wait(over.signal)) {
        if (isStalled) continue;
        const found = this.messages.filter(({ offset }) => offset >= at).slice(0, this.chunk);
        at = (found.at(-1)?.offset ?? at - 1) + 1;
        if (found.length > 0) return found;
      }
      return undefined;
    };
    const close = () => {
      this.subscriptions.delete(own);
      own.cut();
      return Promise.resolve();
    };
    return { read, close };
  }
}
