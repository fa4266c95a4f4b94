import type { FeedSlot } from './feed.slot.js';

/** How a place stands to what is in memory. */
export type PlaceInMemory = 'inside' | 'before' | 'behind' | 'other';

/**
 * The newest slots of the feed, bounded by their weight. The very newest stays, however heavy: its place is where the
 * feed stands.
 */
export class RecentSlots {
  /** What is dropped must not live on in it until it is compacted. */
  private slots: (FeedSlot | undefined)[] = [];
  private begin = 0;
  private total = 0;

  constructor(private readonly maxWeight: number) {}

  get weight(): number {
    return this.total;
  }
  get size(): number {
    return this.slots.length - this.begin;
  }
  get first(): FeedSlot | undefined {
    return this.slots[this.begin];
  }
  get last(): FeedSlot | undefined {
    return this.slots[this.slots.length - 1]; // begin never reaches the end
  }

  push(slot: FeedSlot): void {
    this.slots.push(slot);
    this.total += slot.weight;
    while (this.total > this.maxWeight && this.size > 1) this.drop();
    if (this.begin > 1_024 && this.begin * 2 > this.slots.length) this.compact();
  }

  clear(): void {
    this.slots = [];
    this.begin = 0;
    this.total = 0;
  }

  /** The slot at an offset. */
  at(offset: number): FeedSlot | undefined {
    const slot = this.slots[this.indexAfter(offset - 1)];
    return slot?.place.offset === offset ? slot : undefined;
  }

  /** The first slot behind an offset. */
  after(offset: number): FeedSlot | undefined {
    return this.slots[this.indexAfter(offset)];
  }

  /**
   * Whether everything behind a place is here: `before` where it begins later, `behind` where it has not come so far,
   * `other` where another message lies at this offset, or none, though those around it are here. A place among those
   * that retention had given up before they were read here is inside: what is missing is told behind it.
   */
  relationOf({ offset, identity }: { offset: number; identity: string | undefined }): PlaceInMemory {
    const { first, last } = this;
    if (first === undefined || last === undefined || offset > last.place.offset) return 'behind';
    if (offset === first.place.offset - 1 && identity === undefined) return 'inside';
    if (offset < first.place.offset) return 'before';
    if (identity === undefined) return 'inside';
    const there = this.at(offset);
    if (there === undefined) return this.after(offset)?.gap?.gap.reason === 'retention' ? 'inside' : 'other';
    return there.place.identity === identity ? 'inside' : 'other';
  }

  private indexAfter(offset: number): number {
    let [low, high] = [this.begin, this.slots.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      const slot = this.slots[middle];
      if (slot !== undefined && slot.place.offset <= offset) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private drop(): void {
    this.total -= this.slots[this.begin]?.weight ?? 0;
    this.slots[this.begin] = undefined;
    this.begin += 1;
  }

  private compact(): void {
    this.slots = this.slots.slice(this.begin);
    this.begin = 0;
  }
}
