import type { ChangeMessage } from './change-message.js';

/** The furthest mark of the confirmed prefix. */
export interface Watermark<Mark> {
  readonly mark: Mark;
  /** Number of events up to it since the window began. */
  readonly sequence: number;
}

/** A moment in the sending of a window. */
export interface SendMark {
  readonly session: number;
  readonly tag: number;
}

/** What the broker has said of an event in this session. */
const UNSENT = 0;
const SENT = 1;
const CONFIRMED = 2;
const RETURNED = 3;
const REFUSED = 4;
/** On its way into the store of parked events. */
const PARKING = 5;
/** In that store: as good as confirmed, and never sent from here again. */
const PARKED = 6;

const FIRST_CAPACITY = 64;

/**
 * The unconfirmed messages of one stream, in order; nothing else queues. What may be saved is the end of the contiguous
 * run of confirmed events, and it never moves back. After a failure everything behind it is sent again, confirmed or
 * not: sending only what is missing would put a document's older change behind its newer one.
 *
 * Events are numbered from 1 and lie in a ring: number `n` is in slot `n & mask`, and a second ring says which number a
 * tag was given to. A confirm costs arithmetic, and nothing is allocated for it.
 */
export class PublishWindow<Mark> {
  private messages: (ChangeMessage | undefined)[] = [];
  private marks: (Mark | undefined)[] = [];
  private states = new Uint8Array(0);
  /** Number of the event that was sent with a tag. */
  private numbers = new Float64Array(0);
  private mask = -1;
  /** Number of the last event that is out of the window: it and all before it are confirmed. */
  private passed = 0;
  private added = 0;
  /** Number of the last event that was sent or parked in this session. */
  private taken = 0;
  /** The last tag that was given out in this session. */
  private lastTag = 0;
  /** Every tag up to this one has settled. */
  private settledTag = 0;
  /** Behind this tag the next returned message is looked for: the broker gives them back in their order. */
  private returnedTag = 0;
  private sessions = 0;
  private unsettled = 0;
  private heldBytes = 0;
  /** A mark behind the last passed event. */
  private reached: Mark | undefined;

  constructor() {
    this.resize(FIRST_CAPACITY);
  }

  /** An event to publish; `mark` is what may be saved once it and all before it are confirmed. */
  add(message: ChangeMessage, mark: Mark): void {
    if (this.size === this.messages.length) this.resize(2 * this.messages.length);
    this.added += 1;
    const slot = this.added & this.mask;
    this.messages[slot] = message;
    this.marks[slot] = mark;
    this.states[slot] = UNSENT;
    this.heldBytes += message.body.length;
  }

  /** Reading has come to here, behind the last event: the mark takes the place of that event's own. */
  place(mark: Mark): void {
    if (this.size === 0) this.reached = mark;
    else this.marks[this.added & this.mask] = mark;
  }

  /** Events that have been added since the window began. */
  get sequence(): number {
    return this.added;
  }

  /** Bytes of the bodies that are held. */
  get bytes(): number {
    return this.heldBytes;
  }

  /** Events that are held. */
  get size(): number {
    return this.added - this.passed;
  }

  /** Messages that were sent in this session and not settled yet. */
  get inFlightCount(): number {
    return this.unsettled;
  }

  get isIdle(): boolean {
    return this.unsettled === 0;
  }

  /** The next message that was neither sent nor parked in this session. */
  get nextUnsent(): ChangeMessage | undefined {
    while (this.taken < this.added && this.stateOf(this.taken + 1) !== UNSENT) this.taken += 1; // parked before
    return this.taken === this.added ? undefined : this.messages[(this.taken + 1) & this.mask];
  }

  /** Whether everything before that message is confirmed. */
  get isNextFirst(): boolean {
    return this.firstNumber() > this.taken;
  }

  /** Takes the next message to send it; it must be sent at once, as the tag after the last. */
  takeUnsent(): ChangeMessage | undefined {
    if (this.nextUnsent === undefined) return undefined;
    this.taken += 1;
    this.lastTag += 1;
    this.unsettled += 1;
    this.numbers[this.lastTag & this.mask] = this.taken;
    this.states[this.taken & this.mask] = SENT;
    return this.messages[this.taken & this.mask];
  }

  /** Takes the next message to park it; answers its number, for `parked`. */
  takeToPark(): number {
    this.taken += 1;
    this.states[this.taken & this.mask] = PARKING;
    return this.taken;
  }

  /** It is stored. */
  parked(number: number): void {
    if (this.stateOf(number) === PARKING) this.states[number & this.mask] = PARKED;
  }

  /**
   * The broker's word on a tag, or on all up to it. Tells of each message that it newly confirmed, and answers how many
   * newly settled.
   */
  settle(tag: number, multiple: boolean, ok: boolean, confirmed?: (message: ChangeMessage) => void): number {
    const before = this.unsettled;
    const last = Math.min(tag, this.lastTag);
    // What is not above `settledTag` has settled: a returned message has before its confirm comes.
    for (let each = multiple ? this.settledTag + 1 : Math.max(tag, this.settledTag + 1); each <= last; each++) {
      if (!this.isSent(each)) continue;
      const slot = this.slotOf(each);
      this.states[slot] = ok ? CONFIRMED : REFUSED;
      this.unsettled -= 1;
      const message = this.messages[slot];
      if (ok && message !== undefined) confirmed?.(message);
    }
    this.passSettledTags();
    return before - this.unsettled;
  }

  /**
   * The broker gave a message back; the confirm that follows does not count. `nobodys` says whether no group asks for
   * it, so that it may pass as if it were confirmed. Answers whether it passed.
   */
  markReturned(id: string, nobodys: (message: ChangeMessage) => boolean): boolean {
    const tag = this.inFlightTagOf(id);
    const slot = this.slotOf(tag);
    const message = this.messages[slot];
    if (tag === 0 || message === undefined) return false;
    this.returnedTag = tag;
    this.unsettled -= 1;
    const passes = nobodys(message);
    this.states[slot] = passes ? CONFIRMED : RETURNED;
    this.passSettledTags();
    return passes;
  }

  /** All that were given back, in order. */
  *returned(): Generator<ChangeMessage> {
    for (let number = this.passed + 1; number <= this.taken; number++) {
      const message = this.messages[number & this.mask];
      if (this.stateOf(number) === RETURNED && message !== undefined) yield message;
    }
  }

  /** All that are held, in order. */
  *held(): Generator<ChangeMessage> {
    for (let number = this.passed + 1; number <= this.added; number++) {
      const message = this.messages[number & this.mask];
      if (message !== undefined) yield message;
    }
  }

  /** The first event that is not confirmed; once all has settled it is where the failure was. */
  first(): ChangeMessage | undefined {
    return this.messages[this.firstNumber() & this.mask];
  }

  /** Whether that first event was given back. */
  get isReturned(): boolean {
    return this.stateOf(this.firstNumber()) === RETURNED;
  }

  /** Lets the first unconfirmed event count as confirmed: it is nobody's, or the operator's policy says so. */
  passFirst(): void {
    const number = this.firstNumber();
    if (number <= this.added) this.states[number & this.mask] = CONFIRMED;
  }

  /** Takes the confirmed prefix out; undefined where nothing new may be saved. */
  advance(): Watermark<Mark> | undefined {
    const to = this.firstNumber() - 1;
    for (let number = this.passed + 1; number <= to; number++) this.drop(number & this.mask);
    this.passed = to;
    const mark = this.reached;
    this.reached = undefined;
    return mark === undefined ? undefined : { mark, sequence: to };
  }

  /** Everything that was sent until now. */
  get sendMark(): SendMark {
    return { session: this.sessions, tag: this.lastTag };
  }

  /** Whether nothing that had been sent by then may still be confirmed: it has settled, or is sent anew. */
  isPast({ session, tag }: SendMark): boolean {
    return session !== this.sessions || this.settledTag >= tag;
  }

  /**
   * A new session: everything behind the watermark goes out again, in order, but what is parked: parked twice, it could
   * go out a second time behind what followed it. Answers how many had been sent before.
   */
  rewind(): number {
    let again = 0;
    for (let number = this.passed + 1; number <= this.added; number++) {
      const state = this.stateOf(number);
      if (state === PARKING || state === PARKED) continue;
      if (state !== UNSENT) again += 1;
      this.states[number & this.mask] = UNSENT;
    }
    this.taken = this.passed;
    this.lastTag = this.settledTag = this.returnedTag = 0;
    this.unsettled = 0;
    this.sessions += 1;
    return again;
  }

  private stateOf(number: number): number {
    if (number <= this.passed) return CONFIRMED;
    return number > this.added ? UNSENT : (this.states[number & this.mask] ?? UNSENT);
  }

  private firstNumber(): number {
    let number = this.passed + 1;
    while (isThrough(this.stateOf(number))) number++;
    return number;
  }

  /** Zero where it is not in flight. */
  private inFlightTagOf(id: string): number {
    const from = Math.max(this.returnedTag, this.settledTag);
    for (let tag = from + 1; tag <= this.lastTag; tag++) if (this.isInFlight(tag, id)) return tag;
    for (let tag = this.settledTag + 1; tag <= from; tag++) if (this.isInFlight(tag, id)) return tag;
    return 0;
  }

  private isInFlight(tag: number, id: string): boolean {
    return this.isSent(tag) && this.messages[this.slotOf(tag)]?.id === id;
  }

  /** For a tag above `settledTag`: an unsettled event stands at or before it, so that its own is still in the ring. */
  private slotOf(tag: number): number {
    return (this.numbers[tag & this.mask] ?? 0) & this.mask;
  }

  private isSent(tag: number): boolean {
    return this.states[this.slotOf(tag)] === SENT;
  }

  private passSettledTags(): void {
    while (this.settledTag < this.lastTag && !this.isSent(this.settledTag + 1)) this.settledTag += 1;
  }

  private drop(slot: number): void {
    this.heldBytes -= this.messages[slot]?.body.length ?? 0;
    this.reached = this.marks[slot];
    this.messages[slot] = undefined; // or a full ring would hold what it has passed
    this.marks[slot] = undefined;
  }

  private resize(capacity: number): void {
    const { messages, marks, states, numbers, mask } = this;
    this.messages = new Array<ChangeMessage | undefined>(capacity);
    this.marks = new Array<Mark | undefined>(capacity);
    this.states = new Uint8Array(capacity);
    this.numbers = new Float64Array(capacity);
    this.mask = capacity - 1;
    for (let tag = this.settledTag + 1; tag <= this.lastTag; tag++)
      this.numbers[tag & this.mask] = numbers[tag & mask] ?? 0;
    for (let number = this.passed + 1; number <= this.added; number++) {
      this.messages[number & this.mask] = messages[number & mask];
      this.marks[number & this.mask] = marks[number & mask];
      this.states[number & this.mask] = states[number & mask] ?? UNSENT;
    }
  }
}

function isThrough(state: number): boolean {
  return state === CONFIRMED || state === PARKED;
}
