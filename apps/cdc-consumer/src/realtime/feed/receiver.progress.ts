import { CoveredRuns } from './covered.runs.js';
import { streamDigest } from './feed-cursor.codec.js';
import type { FeedEntry, FeedEvent, FeedGap } from './feed-entry.js';
import type { CursorPlace, FeedSlot } from './feed.slot.js';
import { gapBefore, gapEntry, overtakenGap } from './feed.teller.js';
import type { FeedReceiver } from './feed.js';
import { lowestTime, secondsOf, timeOf, type Height } from './height.js';
import { isHoleBetween } from './stream-message.js';

/** Where somebody stands who catches up. */
export interface ProgressStart {
  /** Of the last message that they know. */
  readonly offset: number;
  /** Of that message, where it is still to be shown that it lies there; undefined where that is known. */
  readonly identity: string | undefined;
  /** Where the change streams stood, by `streamDigest`. */
  readonly heights?: ReadonlyMap<string, string>;
  /** What they are to be told first. */
  readonly owed?: Pick<FeedGap, 'reason' | 'from'> | undefined;
  /** Changes before it are passed over until the first one that is not. */
  readonly since?: Date;
}

/** One receiver on its way to the newest entry: knows what it has been told, and tells it what comes next. */
export class ReceiverProgress {
  private place: Pick<ProgressStart, 'offset' | 'identity'>;
  private owed: ProgressStart['owed'];
  private heights: Map<string, string>;
  /** Where the change streams stood at its place, once it has been told something. */
  private stood: readonly Height[] | undefined;
  private sinceSeconds: number | undefined;
  private covered = new CoveredRuns();
  private isGone = false;
  private isRead = false;

  constructor(
    private readonly queue: string,
    private readonly receiver: FeedReceiver,
    start: ProgressStart,
    /** `FeedTail.birth` when its place was known to be one of this stream queue. */
    private birth: number,
  ) {
    this.place = start;
    this.owed = start.owed;
    this.heights = new Map(start.heights);
    this.sinceSeconds = start.since && Math.floor(start.since.getTime() / 1_000);
  }

  get offset(): number {
    return this.place.offset;
  }
  get identity(): string | undefined {
    return this.place.identity;
  }
  get isOwed(): boolean {
    return this.owed !== undefined;
  }

  /** The message at its place has been read here: where the tail has not come so far, it will. */
  get hasRead(): boolean {
    return this.isRead;
  }

  /**
   * From here on it is told by another teller, who may know less of where the change streams stood: only what the
   * messages before its own beginning say.
   */
  handedOver(): void {
    for (const { stream, position } of this.stood ?? []) {
      const digest = streamDigest(stream);
      if ((this.heights.get(digest) ?? '') < position) this.heights.set(digest, position);
    }
  }

  /** The message at its place is the one that it knows. */
  verified(birth: number): void {
    this.place = { offset: this.offset, identity: undefined };
    this.birth = birth;
  }

  /** The message at its place has been given up, and maybe more. */
  gone(birth: number): void {
    this.verified(birth);
    this.isGone = true;
  }

  isOf(birth: number): boolean {
    return this.identity !== undefined || this.birth === birth;
  }

  /** Its place is none of this stream queue: everything that is there comes, behind a gap. */
  renewed(birth: number): void {
    this.owed = { reason: 'stream', from: this.owed?.from ?? this.missingFrom() };
    this.heights.clear();
    this.stood = undefined;
    this.covered = new CoveredRuns();
    this.place = { offset: -1, identity: undefined };
    this.isRead = false;
    this.birth = birth;
  }

  /** Tells what a slot behind its place has for it. What the receiver throws is thrown. */
  give(slot: FeedSlot): void | Promise<void> {
    const entries = this.entriesOf(slot);
    this.place = { offset: slot.place.offset, identity: undefined };
    this.stood = slot.place.heights;
    this.isGone = false;
    this.isRead = true;
    return this.hand(entries, 0);
  }

  /** Nothing is behind its place: what it is owed is told there. */
  settle(newest: FeedSlot): void | Promise<void> {
    const { owed } = this;
    this.owed = undefined;
    if (owed !== undefined) return this.receiver.take(gapEntry(newest.place, { ...owed, to: null }));
  }

  live(): void {
    this.receiver.live();
  }

  private hand(entries: readonly FeedEntry[], from: number): void | Promise<void> {
    for (let index = from; index < entries.length; index++) {
      const entry = entries[index];
      const taken = entry && this.receiver.take(entry);
      if (taken !== undefined) return taken.then(() => this.hand(entries, index + 1));
    }
  }

  private entriesOf(slot: FeedSlot): FeedEntry[] {
    const gap = this.gapBefore(slot) ?? slot.gap;
    const entry = slot.entry && !this.isPassedOver(slot.entry) ? this.entryFor(slot.entry, slot.place) : undefined;
    return [gap, entry].filter((each) => each !== undefined);
  }

  private gapBefore(slot: FeedSlot) {
    const { offset } = slot.place;
    const { owed, stood = slot.before } = this;
    this.owed = undefined;
    if (owed !== undefined) return gapBefore(this.queue, offset, stood, { ...owed, to: timeIn(slot) });
    if (slot.gap !== undefined || !isHoleBetween(this.offset, offset, this.isGone)) return undefined;
    const gap: FeedGap = { reason: 'retention', from: this.missingFrom(), to: timeIn(slot) };
    return gapBefore(this.queue, offset, stood, gap);
  }

  private missingFrom(): Date | null {
    return lowestTime(this.stood?.map(({ position }) => position) ?? this.heights.values());
  }

  private isPassedOver(entry: FeedEntry): boolean {
    if (this.sinceSeconds === undefined || entry.kind !== 'event') return false;
    if (secondsOf(entry.position) < this.sinceSeconds) return true;
    this.sinceSeconds = undefined;
    return false;
  }

  /** What was told before the place is told no more, where the messages that would show it are gone. */
  private entryFor(entry: FeedEntry, place: CursorPlace): FeedEntry | undefined {
    if (this.heights.size === 0 || entry.kind !== 'event') return entry;
    const stream = streamDigest(entry.stream);
    const height = this.heights.get(stream);
    if (height === undefined) return entry;
    if (entry.position <= height) return this.overtaken(entry, height, place);
    this.heights.delete(stream);
    this.covered.caughtUp(entry.stream);
    return entry;
  }

  private overtaken(event: FeedEvent, height: string, place: CursorPlace): FeedEntry | undefined {
    if (this.covered.covers(event.stream, event.namespace ?? '', event.position)) return undefined;
    return gapEntry(place.raised({ stream: event.stream, position: height }), overtakenGap(event, height));
  }
}

function timeIn({ entry }: FeedSlot): Date | null {
  return entry?.kind === 'event' ? timeOf(entry.position, 1) : null;
}
