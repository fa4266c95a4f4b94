import type { ChangeMessage } from './change-message.js';

/** Something that passes through the window in order: an event to publish, or a place where reading stood. */
export interface WindowEntry<Mark> {
  /** Undefined for a place without a message; it counts as confirmed. */
  readonly message: ChangeMessage | undefined;
  /** What may be saved once this entry and all before it are confirmed. */
  readonly mark: Mark;
}

type State = 'unsent' | 'sent' | 'confirmed' | 'returned' | 'refused';

interface Slot<Mark> extends WindowEntry<Mark> {
  readonly sequence: number;
  state: State;
}

/** The furthest mark of the confirmed prefix. */
export interface Watermark<Mark> {
  readonly mark: Mark;
  /** Number of events up to it since the window began. */
  readonly sequence: number;
}

/**
 * The unconfirmed messages of one stream, in order; nothing else queues. What may be saved is the end of the contiguous
 * run of confirmed entries, and it never moves back. After a failure everything behind it is sent again, confirmed or
 * not: sending only what is missing would put a document's older change behind its newer one.
 */
export class PublishWindow<Mark> {
  private slots: Slot<Mark>[] = [];
  /** Index of the first slot that has not been sent in this session. */
  private unsent = 0;
  /** Slots by tag in this session: tag `t` is at `t - 1 - settledTags`. */
  private inFlight: Slot<Mark>[] = [];
  private settledTags = 0;
  private added = 0;
  private heldBytes = 0;

  add(entry: WindowEntry<Mark>): void {
    if (entry.message !== undefined) this.added += 1;
    this.heldBytes += sizeOf(entry);
    const state = entry.message === undefined ? 'confirmed' : 'unsent';
    this.slots.push({ message: entry.message, mark: entry.mark, sequence: this.added, state });
  }

  /** Events that have been added since the window began. */
  get sequence(): number {
    return this.added;
  }

  /** Bytes of the bodies that are held. */
  get bytes(): number {
    return this.heldBytes;
  }

  get size(): number {
    return this.slots.length;
  }

  /** Messages that were sent in this session and not settled yet. */
  get inFlightCount(): number {
    return this.inFlight.reduce((count, slot) => (slot.state === 'sent' ? count + 1 : count), 0);
  }

  get isIdle(): boolean {
    return this.inFlight.length === 0;
  }

  /** The next message to send in this session; it must be sent at once, as the tag after the last. */
  takeUnsent(): ChangeMessage | undefined {
    for (; this.unsent < this.slots.length; this.unsent++) {
      const slot = this.slots[this.unsent];
      if (slot?.state !== 'unsent') continue;
      slot.state = 'sent';
      this.inFlight.push(slot);
      this.unsent += 1;
      return slot.message;
    }
    return undefined;
  }

  /** The broker's word on a tag, or on all up to it. Answers the messages that it newly settled. */
  settle(tag: number, multiple: boolean, ok: boolean): ChangeMessage[] {
    const index = tag - 1 - this.settledTags;
    if (index < 0) return []; // a returned message counts as settled before its confirm comes
    const slots = multiple ? this.inFlight.slice(0, index + 1) : this.inFlight.slice(index, index + 1);
    const settled = slots.filter((slot) => slot.state === 'sent');
    for (const slot of settled) slot.state = ok ? 'confirmed' : 'refused';
    this.dropSettledTags();
    return settled.flatMap(({ message }) => message ?? []);
  }

  /**
   * The broker gave a message back; the confirm that follows does not count. `nobodys` says whether no group asks for
   * it, so that it may pass as if it were confirmed. Answers whether it passed.
   */
  markReturned(id: string, nobodys: (message: ChangeMessage) => boolean): boolean {
    const slot = this.inFlight.find(({ message }) => message?.id === id);
    if (slot?.message === undefined) return false;
    const passes = nobodys(slot.message);
    slot.state = passes ? 'confirmed' : 'returned';
    return passes;
  }

  /** The first entry that is not confirmed; once all has settled it is where the failure was. */
  first(): WindowEntry<Mark> | undefined {
    return this.slots.find(({ state }) => state !== 'confirmed');
  }

  /** Whether that first entry was given back. */
  get isReturned(): boolean {
    return this.slots.find(({ state }) => state !== 'confirmed')?.state === 'returned';
  }

  /** Lets the first unconfirmed entry count as confirmed: it is nobody's, or the operator's policy says so. */
  passFirst(): void {
    const slot = this.slots.find(({ state }) => state !== 'confirmed');
    if (slot !== undefined) slot.state = 'confirmed';
  }

  /** Takes the confirmed prefix out; undefined where it has not moved. */
  advance(): Watermark<Mark> | undefined {
    let length = 0;
    while (this.slots[length]?.state === 'confirmed') length++;
    const last = this.slots[length - 1];
    if (last === undefined) return undefined;
    for (const slot of this.slots.slice(0, length)) this.heldBytes -= sizeOf(slot);
    this.slots = this.slots.slice(length);
    this.unsent = Math.max(0, this.unsent - length);
    return { mark: last.mark, sequence: last.sequence };
  }

  /** A new session: everything behind the watermark goes out again, in order. Answers how many had been sent before. */
  rewind(): number {
    const again = this.slots.filter(({ state, message }) => message !== undefined && state !== 'unsent').length;
    for (const slot of this.slots) if (slot.message !== undefined) slot.state = 'unsent';
    this.unsent = 0;
    this.inFlight = [];
    this.settledTags = 0;
    return again;
  }

  private dropSettledTags(): void {
    let length = 0;
    while (length < this.inFlight.length && this.inFlight[length]?.state !== 'sent') length++;
    if (length === 0) return;
    this.inFlight = this.inFlight.slice(length);
    this.settledTags += length;
  }
}

function sizeOf({ message }: { message: ChangeMessage | undefined }): number {
  return message?.body.length ?? 0;
}
