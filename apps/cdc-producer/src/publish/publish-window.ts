import type { ChangeMessage } from './change-message.js';

/** The furthest mark of the confirmed prefix. */
export interface Watermark<Mark> {
  readonly mark: Mark;
  /** Number of events up to it since the window began. */
  readonly sequence: number;
}

/** What the broker has said of an event in this session. */
const UNSENT = 0;
const SENT = 1;
const CONFIRMED = 2;
const RETURNED = 3;
const REFUSED = 4;

const FIRST_CAPACITY = 64;

/**
 * The unconfirmed messages of one stream, in order; nothing else queues. What may be saved is the end of the contiguous
 * run of confirmed events, and it never moves back. After a failure everything behind it is sent again, confirmed or
 * not: sending only what is missing would put a document's older change behind its newer one.
 *
 * Events are numbered from 1 and lie in a ring: number `n` is in slot `n & mask`. A session sends them one after another,
 * so that tag `t` is the number `sessionStart + t`: a confirm costs arithmetic, and nothing is allocated for it.
 */
export class PublishWindow<Mark> {
  private messages: (ChangeMessage | undefined)[] = [];
  private marks: (Mark | undefined)[] = [];
  private states = new Uint8Array(0);
  private mask = -1;
  /** Number of the last event that is out of the window: it and all before it are confirmed. */
  private passed = 0;
  private added = 0;
  /** Number of the last event that was sent in this session; tag 1 was `sessionStart + 1`. */
  private sent = 0;
  private sessionStart = 0;
  /** Every tag up to this number has settled. */
  private settledTo = 0;
  /** Where the next returned message is looked for: the broker gives them back in their order. */
  private returnedTo = 0;
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

  /** The next message to send in this session; it must be sent at once, as the tag after the last. */
  takeUnsent(): ChangeMessage | undefined {
    if (this.sent === this.added) return undefined;
    this.sent += 1;
    this.unsettled += 1;
    this.states[this.sent & this.mask] = SENT;
    return this.messages[this.sent & this.mask];
  }

  /** The broker's word on a tag, or on all up to it. Tells of each new confirm, and answers how many newly settled. */
  settle(tag: number, multiple: boolean, ok: boolean, confirmed?: (message: ChangeMessage) => void): number {
    const before = this.unsettled;
    const upTo = this.sessionStart + tag;
    const last = Math.min(upTo, this.sent);
    for (let number = multiple ? this.settledTo + 1 : upTo; number <= last; number++) {
      if (this.stateOf(number) !== SENT) continue; // a returned message has settled before its confirm comes
      this.states[number & this.mask] = ok ? CONFIRMED : REFUSED;
      this.unsettled -= 1;
      const message = this.messages[number & this.mask];
      if (ok && message !== undefined) confirmed?.(message);
    }
    while (this.settledTo < this.sent && this.stateOf(this.settledTo + 1) !== SENT) this.settledTo += 1;
    return before - this.unsettled;
  }

  /**
   * The broker gave a message back; the confirm that follows does not count. `nobodys` says whether no group asks for
   * it, so that it may pass as if it were confirmed. Answers whether it passed.
   */
  markReturned(id: string, nobodys: (message: ChangeMessage) => boolean): boolean {
    const number = this.inFlightNumberOf(id);
    const message = this.messages[number & this.mask];
    if (number === 0 || message === undefined) return false;
    this.returnedTo = number;
    this.unsettled -= 1;
    const passes = nobodys(message);
    this.states[number & this.mask] = passes ? CONFIRMED : RETURNED;
    return passes;
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

  /** A new session: everything behind the watermark goes out again, in order. Answers how many had been sent before. */
  rewind(): number {
    let again = 0;
    for (let number = this.passed + 1; number <= this.added; number++) {
      if (this.stateOf(number) !== UNSENT) again += 1;
      this.states[number & this.mask] = UNSENT;
    }
    this.sessionStart = this.sent = this.settledTo = this.returnedTo = this.passed;
    this.unsettled = 0;
    return again;
  }

  private stateOf(number: number): number {
    if (number <= this.passed) return CONFIRMED;
    return number > this.added ? UNSENT : (this.states[number & this.mask] ?? UNSENT);
  }

  private firstNumber(): number {
    let number = this.passed + 1;
    while (this.stateOf(number) === CONFIRMED) number++;
    return number;
  }

  /** Zero where it is not in flight. */
  private inFlightNumberOf(id: string): number {
    for (let number = this.returnedTo + 1; number <= this.sent; number++)
      if (this.isInFlight(number, id)) return number;
    for (let number = this.passed + 1; number <= this.returnedTo; number++)
      if (this.isInFlight(number, id)) return number;
    return 0;
  }

  private isInFlight(number: number, id: string): boolean {
    return this.stateOf(number) === SENT && this.messages[number & this.mask]?.id === id;
  }

  private drop(slot: number): void {
    this.heldBytes -= this.messages[slot]?.body.length ?? 0;
    this.reached = this.marks[slot];
    this.messages[slot] = undefined; // or a full ring would hold what it has passed
    this.marks[slot] = undefined;
  }

  private resize(capacity: number): void {
    const { messages, marks, states, mask } = this;
    this.messages = new Array<ChangeMessage | undefined>(capacity);
    this.marks = new Array<Mark | undefined>(capacity);
    this.states = new Uint8Array(capacity);
    this.mask = capacity - 1;
    for (let number = this.passed + 1; number <= this.added; number++) {
      this.messages[number & this.mask] = messages[number & mask];
      this.marks[number & this.mask] = marks[number & mask];
      this.states[number & this.mask] = states[number & mask] ?? UNSENT;
    }
  }
}
