import { Logger } from '@nestjs/common';
import type { Timestamp } from 'mongodb';
import type { FeedEntry, FeedEvent, FeedGap, FeedGapEntry } from './feed-entry.js';
import type { FeedCounters } from './feed.counters.js';
import { CursorPlace, type FeedSlot } from './feed.slot.js';
import { timeOf, type Height } from './height.js';
import { RepeatJudge, type Judgement } from './repeat.judge.js';
import type { StreamMessage } from './stream-message.js';
import { StreamedEvent, type UnreadableMessage } from './streamed.event.js';

/** Of an entry without its body: headers' words, the entry itself, its place. Measured on Node 20: 0.9 KB. */
const ENTRY_BYTES = 1_000;
/** A change event read into objects takes a few times the bytes of its message. */
const READ_FACTOR = 5;
/** One line each, at first; the metric counts the rest. */
const TOLD_UNREADABLE = 20;

/** Turns the messages of a stream queue, in their order, into what they tell. Tail and readers have one each. */
export class FeedTeller {
  private readonly logger = new Logger(FeedTeller.name);
  private readonly judge: RepeatJudge;

  constructor(
    private readonly queue: string,
    private readonly counters: FeedCounters,
    lookBack?: number,
  ) {
    this.judge = new RepeatJudge(lookBack);
  }

  get heights(): readonly Height[] {
    return this.judge.heights;
  }

  /** Whether it is the message that was read at its offset before. */
  isSame(message: StreamMessage): boolean {
    return this.judge.isSame(message);
  }

  /** Of what stands before the place from which on it is told. */
  observe(message: StreamMessage): void {
    this.judge.judge(message);
  }

  /** `missing`: what is known to be lost before it. */
  tell(message: StreamMessage, missing?: FeedGap): FeedSlot {
    const before = this.judge.heights;
    const gap = missing && gapBefore(this.queue, message.offset, before, missing);
    const judgement = this.judge.judge(message);
    const place = new CursorPlace(this.queue, message.offset, message.id, this.judge.heights);
    const entry = this.entryOf(message, judgement, place);
    return { place, before, gap, entry, weight: weightOf(message, entry, place) };
  }

  private entryOf(message: StreamMessage, judgement: Judgement, place: CursorPlace): FeedEntry | undefined {
    const { change } = message;
    if (change === undefined) return this.passOver(message);
    if (judgement.is === 'repeat') this.counters.repeats += 1;
    if (judgement.is === 'overtaken' || judgement.is === 'covered') this.counters.overtaken += 1;
    if (judgement.is === 'repeat' || judgement.is === 'covered') return undefined;
    const event = new StreamedEvent(place, change, message, this.onUnreadable);
    if (judgement.is === 'overtaken') return gapEntry(place, overtakenGap(event, judgement.height));
    return change.operation === 'gap' ? gapEntry(place, sourceGap(event)) : event;
  }

  private passOver(message: StreamMessage): undefined {
    if (!message.isMark) this.onUnreadable(message, new Error('it has no id, stream or position of a change event'));
  }

  private readonly onUnreadable = (message: UnreadableMessage, error: Error): void => {
    const { offset, id: eventId, stream, position } = message;
    this.counters.unreadable += 1;
    if (this.counters.unreadable > TOLD_UNREADABLE) return;
    const msg = `a message of live push is passed over: ${error.message}`;
    this.logger.warn({ msg, offset, eventId, stream, position });
  };
}

/** Behind the last message that is missing. */
export function gapBefore(queue: string, offset: number, heights: readonly Height[], gap: FeedGap): FeedGapEntry {
  return gapEntry(new CursorPlace(queue, offset - 1, undefined, heights), gap);
}

export function gapEntry(place: CursorPlace, gap: FeedGap): FeedGapEntry {
  return {
    kind: 'gap',
    gap,
    get offset() {
      return place.offset;
    },
    get cursor() {
      return place.cursor;
    },
  };
}

/** `height`: where its stream stood already. */
export function overtakenGap({ stream, position, namespace }: FeedEvent, height: string): FeedGap {
  const gap = { reason: 'overtaken', from: timeOf(position), to: timeOf(height, 1), stream } as const;
  return namespace === undefined ? gap : { ...gap, namespace };
}

/** Lost between MongoDB and the exchange: the producer says so in an event. */
function sourceGap({ event, stream }: StreamedEvent): FeedGap {
  if (event?.operation !== 'gap') return { reason: 'source', from: null, to: null, stream };
  return { reason: 'source', from: dateOf(event.from), to: dateOf(event.to), stream };
}

function dateOf({ t }: Timestamp): Date {
  return new Date(t * 1_000);
}

function weightOf({ body }: StreamMessage, entry: FeedEntry | undefined, { heights }: CursorPlace): number {
  return ENTRY_BYTES + heights.length * 8 + (entry?.kind === 'event' ? body.length * READ_FACTOR : 0);
}
