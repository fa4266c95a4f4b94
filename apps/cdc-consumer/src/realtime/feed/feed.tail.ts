import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { reopenDelayMs } from '@sluice/messaging';
import { ChangeSignal, untilAborted } from '@sluice/platform';
import { thrownError } from '@sluice/contracts';
import { EndMarks } from './end.marks.js';
import type { FeedCounters } from './feed.counters.js';
import type { FeedEntry, FeedGap } from './feed-entry.js';
import type { FeedSlot } from './feed.slot.js';
import { FeedTeller } from './feed.teller.js';
import { lowestTime, timeOf } from './height.js';
import { RecentSlots } from './recent.slots.js';
import { LOOK_BACK } from './repeat.judge.js';
import { SilenceWatch } from './silence.watch.js';
import { isHoleBetween, type StreamMessage } from './stream-message.js';
import type { StreamPlace, StreamQueue } from './stream.queue.js';
import { whileOpen } from './while-open.js';

/** Messages that a replica has in memory when it begins, as far as they fit: whoever comes back then needs no reader. */
const REMEMBERED = 10_000;
/** After so long without a message the tail looks whether there is none. */
const SILENCE_MS = 30_000;

/** How far the tail is. `away`: it does not read, and why. */
export type TailState =
  | { readonly state: 'starting' | 'following'; readonly since: Date }
  | { readonly state: 'away'; readonly since: Date; readonly error: Error };

export interface TailOptions {
  /** Bound of what is kept in memory. */
  readonly bufferBytes: number;
  readonly lookBack?: number;
  readonly remembered?: number;
  readonly silenceMs?: number;
}

/** The stream queue was deleted and made anew: what it holds is other messages. */
class StreamRenewedError extends Error {}

/**
 * Reads the stream queue as it grows, once for the whole replica, and keeps the newest of it in memory. Whatever becomes
 * of the connection, it goes on where it was; what it cannot have any more it tells as a gap.
 */
export class FeedTail {
  readonly memory: RecentSlots;
  private readonly logger = new Logger(FeedTail.name);
  /** That it follows now, or has read on. */
  private readonly changes = new ChangeSignal();
  private readonly progress = new ChangeSignal();
  private readonly marks: EndMarks;
  private teller: FeedTeller;
  private current: TailState = { state: 'starting', since: new Date() };
  private listener: (entry: FeedEntry) => void = () => undefined;
  /** Times that the stream queue was found to have been made anew. */
  private births = 0;
  /** Whether it has reached the end once: from then on entries are told. */
  private hasBegun = false;
  /** What lies before it only tells what has been told. */
  private tellFrom = 0;
  /** Where the end was when it began to read. */
  private end = 0;
  /** Nothing has come since it was opened. */
  private isFirst = true;
  private missing: FeedGap | undefined;

  constructor(
    private readonly queue: StreamQueue,
    private readonly counters: FeedCounters,
    private readonly options: TailOptions,
  ) {
    this.memory = new RecentSlots(options.bufferBytes);
    this.teller = this.newTeller();
    this.marks = new EndMarks(queue);
  }

  get state(): TailState {
    return this.current;
  }
  get birth(): number {
    return this.births;
  }
  get newest(): FeedSlot | undefined {
    return this.hasBegun ? this.memory.last : undefined;
  }

  listen(listener: (entry: FeedEntry) => void): void {
    this.listener = listener;
  }

  /** Follows until the signal. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await this.follow(signal, () => (attempt = 0));
        if (!signal.aborted)
          this.lost(new Error('the connection or the stream queue was lost, or brought nothing of what there was'));
        this.counters.reopened += 1;
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof StreamRenewedError) continue;
        this.lost(thrownError(error));
      }
      await sleep(reopenDelayMs(attempt), undefined, { signal }).catch(() => undefined);
    }
  }

  /** Resolves when it knows where the feed stands. */
  begun(signal: AbortSignal): Promise<void> {
    return this.until(() => this.newest !== undefined, this.changes, signal);
  }

  /** Resolves while it reads. */
  followed(signal: AbortSignal): Promise<void> {
    return this.until(() => this.current.state === 'following', this.changes, signal);
  }

  /** Resolves when it has read a message that somebody else has read, or the stream queue was made anew. */
  reached(offset: number, signal: AbortSignal): Promise<void> {
    const { births } = this;
    const isReached = () => births !== this.births || (this.memory.last?.place.offset ?? -1) >= offset;
    return this.until(isReached, this.progress, signal);
  }

  /**
   * Resolves when everything has been read that was in the stream queue at the call, or when it was made anew meanwhile.
   * @throws PublishError
   */
  async reachEnd(signal: AbortSignal): Promise<void> {
    await untilAborted(this.marks.next(), signal);
    signal.throwIfAborted();
  }

  private async until(holds: () => boolean, change: ChangeSignal, signal: AbortSignal): Promise<void> {
    while (!holds()) {
      await change.wait(signal);
      signal.throwIfAborted();
    }
  }

  private async follow(signal: AbortSignal, onRead: () => void): Promise<void> {
    await this.queue.ready(signal);
    const from = await this.beginning(signal);
    this.isFirst = true;
    const subscription = await this.queue.open(from);
    const silence = new SilenceWatch(this.queue, this.options.silenceMs ?? SILENCE_MS, () => void subscription.close());
    try {
      await whileOpen(subscription, signal, (messages) => {
        onRead();
        silence.heard();
        for (const message of messages) this.receive(message);
        if (this.current.state !== 'following' && this.isCaughtUp) this.begin();
        this.progress.notify();
      });
    } finally {
      silence.stop();
    }
  }

  /** Where to open; a place that is not there any more would bring nothing, ever, where the queue was made anew. */
  private async beginning(signal: AbortSignal): Promise<StreamPlace> {
    const last = this.memory.last?.place.offset;
    const { lookBack = LOOK_BACK, remembered = REMEMBERED } = this.options;
    this.end = await this.endOffset(signal);
    if (last !== undefined) return { offset: Math.min(last, this.end) };
    this.teller = this.newTeller(); // what it was told before the connection was lost comes again
    if (this.births > 0) return 'first';
    const offset = Math.max(0, this.end - remembered - lookBack);
    this.tellFrom = offset === 0 ? 0 : offset + lookBack;
    return { offset };
  }

  /** Of a message in the newest part. */
  private async endOffset(signal: AbortSignal): Promise<number> {
    let offset: number | undefined;
    await whileOpen(await this.queue.open('last'), signal, ([first]) => {
      offset = first?.offset;
      return 'enough';
    });
    if (offset === undefined) throw new Error('the connection was lost before the end of the stream queue was found');
    return offset;
  }

  private receive(message: StreamMessage): void {
    const last = this.memory.last?.place.offset;
    const isGone = this.isFirst;
    this.isFirst = false;
    if (last !== undefined && message.offset <= last) return this.compare(message);
    if (message.offset < this.tellFrom) return this.teller.observe(message);
    if (last !== undefined && isHoleBetween(last, message.offset, isGone)) {
      this.missing ??= this.gapTo('retention', message);
      this.marks.givenUp();
    }
    this.counters.read += 1;
    const slot = this.teller.tell(message, this.missing);
    this.missing = undefined;
    this.memory.push(slot);
    if (message.isMark) this.marks.reached(message.id);
    if (!this.hasBegun && this.births === 0) return;
    if (slot.gap !== undefined) this.tell(slot.gap);
    if (slot.entry !== undefined) this.tell(slot.entry);
  }

  private tell(entry: FeedEntry): void {
    if (entry.kind === 'gap') this.counters.gaps[entry.gap.reason] += 1;
    this.listener(entry);
  }

  /** What was read before the connection was lost is read again: it must be the same. */
  private compare(message: StreamMessage): void {
    if (this.teller.isSame(message)) return;
    this.logger.warn(`the stream queue "${this.queue.name}" was deleted and made anew; live push goes on with a gap`);
    this.missing = this.gapTo('stream', message);
    this.births += 1;
    this.hasBegun = false;
    this.current = { state: 'starting', since: new Date() };
    this.tellFrom = 0;
    this.memory.clear();
    this.teller = this.newTeller();
    this.marks.forget();
    this.progress.notify();
    throw new StreamRenewedError();
  }

  private gapTo(reason: FeedGap['reason'], { change }: StreamMessage): FeedGap {
    const to = change === undefined ? null : timeOf(change.position, 1);
    return { reason, from: lowestTime(this.teller.heights.map(({ position }) => position)), to };
  }

  private get isCaughtUp(): boolean {
    return (this.memory.last?.place.offset ?? -1) >= this.end;
  }

  private begin(): void {
    this.hasBegun = true;
    this.current = { state: 'following', since: new Date() };
    this.changes.notify();
  }

  private lost(error: Error): void {
    const before = this.current;
    const isKnown = before.state === 'away' && before.error.message === error.message;
    this.current = { state: 'away', since: before.state === 'away' ? before.since : new Date(), error };
    if (!isKnown) this.logger.warn(`live push is not fed, trying again: ${error.message}`);
  }

  private newTeller(): FeedTeller {
    return new FeedTeller(this.queue.name, this.counters, this.options.lookBack);
  }
}
