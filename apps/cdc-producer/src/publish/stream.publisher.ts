import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import { thrownMessage, type GroupRegistration } from '@sluice/contracts';
import type { ConfirmedRmqClient, PublishError, PublishErrorCode } from '@sluice/messaging';
import { ChangeSignal } from '@sluice/platform';
import { Backoff } from '../change-stream/backoff.plan.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { GroupDirectory } from '../group/group.directory.js';
import type { ChangeMessage } from './change-message.js';
import { messageFields } from './message.fields.js';
import type { Parking } from './event.parking.js';
import type { PublishGate } from './publish.gate.js';
import { PublishSession } from './publish-session.js';
import { PublishWindow, type SendMark, type Watermark } from './publish-window.js';
import { isNobodys, judgeUnroutable, type UnroutableVerdict } from './unroutable.policy.js';

/** How the publisher tells where it stands. */
export interface PublisherListener<Mark> {
  /** Handed to the broker, be it again. */
  published(message: ChangeMessage): void;
  confirmed(message: ChangeMessage): void;
  /** The confirmed prefix has grown. */
  watermark(watermark: Watermark<Mark>): void;
  /** Publishing stands still, and why; undefined when it goes on. */
  standing(standing: Standing | undefined): void;
  returned(message: ChangeMessage): void;
  skipped(): void;
  resent(messages: number): void;
}

export interface Standing {
  readonly state: 'waiting' | 'held' | 'reconnecting';
  readonly reason: string;
}

/** The broker is there and does not take a message: only a person can change that. */
const HELD_BY: ReadonlySet<PublishErrorCode> = new Set(['SLUICE-PUBLISH-REFUSED', 'SLUICE-PUBLISH-TOO-LARGE']);
const CONFIRM_TIMEOUT_MS = 30_000;
const HOLD_RETRY_MS = 1_000;

/** Publishes one stream's events in order, through a bounded window of unconfirmed ones, until the signal fires. */
export class StreamPublisher<Mark> {
  private readonly logger: Logger;
  private readonly window = new PublishWindow<Mark>();
  /** There is room for the event that waits for it, or nothing to wait for any more. */
  private readonly room = new ChangeSignal();
  /** Bytes of the event that waits for room. */
  private wanted = 0;
  private readonly backoff = new Backoff();
  private session: PublishSession<Mark> | undefined;
  private standing: Standing | undefined;
  /** The broker is there and does not take the first event: held until it takes one, through every attempt. */
  private isStuck = false;
  private saved = 0;

  constructor(
    private readonly client: ConfirmedRmqClient,
    private readonly groups: GroupDirectory,
    private readonly gate: PublishGate,
    private readonly parking: Parking,
    private readonly stream: StreamSettings,
    private readonly exchange: string,
    private readonly listener: PublisherListener<Mark>,
  ) {
    this.logger = new Logger(`publish ${stream.name}`);
  }

  get inFlight(): { events: number; bytes: number } {
    return { events: this.window.inFlightCount, bytes: this.window.bytes };
  }

  /** Everything that was sent until now. */
  get sendMark(): SendMark {
    return this.window.sendMark;
  }

  /** Whether nothing that had been sent by then may still be confirmed. */
  isPast(mark: SendMark): boolean {
    return this.window.isPast(mark);
  }

  /** What is taken and not known to be through. */
  get waiting(): Iterable<ChangeMessage> {
    return this.window.held();
  }

  /** Takes the event where there is room, and says whether there was; it is sent, and sent again, from the window. */
  offer(message: ChangeMessage, mark: Mark): boolean {
    if (!this.hasRoom(message.body.length)) return false;
    this.window.add(message, mark);
    this.flush();
    return true;
  }

  /** Waits until there is room, then takes the event. */
  async publish(message: ChangeMessage, mark: Mark, signal: AbortSignal): Promise<void> {
    while (!this.offer(message, mark)) {
      this.wanted = message.body.length;
      await this.room.wait(signal);
      signal.throwIfAborted();
    }
  }

  /** Reading has come to here: a mark without a message. */
  readTo(mark: Mark): void {
    this.window.place(mark);
    this.advance();
  }

  /** Everything up to this entry has been saved; the window counts what is not. */
  savedUpTo(sequence: number): void {
    this.saved = Math.max(this.saved, sequence);
    this.room.notify();
  }

  /** Looks whether more may be sent: parked documents are free again, say. */
  flush(): void {
    this.session?.flush();
  }

  /** The state database does not take what must be parked; undefined when it does again. */
  parkingFailed(reason: string | undefined): void {
    if (reason !== undefined) this.stand({ state: 'held', reason });
    else this.goOn();
  }

  /** Resolves when everything taken has been confirmed, when publishing stands still, or when the signal fires. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.window.size > 0 && this.standing === undefined && !signal.aborted) await this.room.wait(signal);
  }

  /** Resolves when everything taken has been confirmed, however long publishing stands still, or when the signal fires. */
  async confirmedAll(signal: AbortSignal): Promise<void> {
    while (this.window.size > 0 && !signal.aborted) await this.room.wait(signal);
  }

  /** Keeps a session at work; returns when the signal fires and what was in flight has settled. */
  async run(signal: AbortSignal): Promise<void> {
    const unsubscribe = this.gate.onChange(() => this.look());
    try {
      await this.parking.load(signal);
      while (!signal.aborted) await this.runSession(signal);
    } finally {
      unsubscribe();
    }
  }

  private async runSession(signal: AbortSignal): Promise<void> {
    try {
      this.look();
      await this.client.connection.whenConnected(signal);
      const resent = this.window.rewind();
      if (resent > 0) this.listener.resent(resent);
      this.session = await PublishSession.open(
        this.client,
        this.window,
        { confirmTimeoutMs: CONFIRM_TIMEOUT_MS, exchange: this.exchange },
        {
          mayRun: () => this.gate.closedBecause() === undefined,
          published: (message) => this.listener.published(message),
          confirmed: (message) => this.listener.confirmed(message),
          settled: () => this.settled(),
          mustPark: (message) => this.parking.mustPark(message),
          park: (message, number) => this.parking.take(message, () => this.parked(number)),
          isNobodys: (message) => this.isNobodys(message),
        },
        signal,
      );
      this.look();
      const failure = await this.session.ended(signal);
      await this.session.settle(signal); // already fired: whoever stops us has drained
      this.session = undefined;
      this.advance();
      if (failure !== undefined && !signal.aborted) await this.recover(failure, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.stand({ state: 'reconnecting', reason: thrownMessage(error) });
      await this.backoff.wait(signal);
    } finally {
      this.session = undefined;
    }
  }

  /** Says what failed, and waits as long as fits: an event that came back is tried once a second, the rest with backoff. */
  private async recover(failure: PublishError, signal: AbortSignal): Promise<void> {
    if (this.window.isReturned) await this.judgeReturned(signal);
    else {
      this.isStuck = HELD_BY.has(failure.code);
      this.stand({ state: this.isStuck ? 'held' : 'reconnecting', reason: failure.message });
      if (this.backoff.attempts === 0) this.warn(`${failure.message}; sending again what is not confirmed`);
      await this.backoff.wait(signal);
    }
  }

  private async judgeReturned(signal: AbortSignal): Promise<void> {
    const first = this.window.first();
    if (first !== undefined) this.listener.returned(first);
    const verdict = await this.verdictOnFirst();
    this.isStuck = verdict.action === 'hold';
    if (verdict.action === 'pass') {
      this.listener.skipped();
      this.window.passFirst();
      this.advance();
      return;
    }
    if (verdict.action === 'park') return this.parkReturned();
    this.stand({ state: 'held', reason: verdict.why });
    await sleep(HOLD_RETRY_MS, undefined, { signal });
  }

  /** The others that came back by the groups as they were read just now; nobody's have passed already. */
  private parkReturned(): void {
    for (const message of this.window.returned()) {
      const { action, why } = judgeUnroutable(message.pattern, this.groups.groups, this.stream.onUnroutable);
      if (action === 'park') this.parking.begin(message, why);
    }
  }

  private parked(number: number): void {
    this.window.parked(number);
    this.advance();
    this.flush();
  }

  /** Judged by the groups as they are now: a group may have registered a moment ago. */
  private async verdictOnFirst(): Promise<UnroutableVerdict> {
    const pattern = this.window.first()?.pattern ?? '';
    let groups: readonly GroupRegistration[];
    try {
      groups = await this.groups.refresh();
    } catch (error) {
      const why = thrownMessage(error);
      return { action: 'hold', why: `no queue takes "${pattern}", and who asks for it cannot be read: ${why}` };
    }
    return judgeUnroutable(pattern, groups, this.stream.onUnroutable);
  }

  /** By the groups as last read, a second ago at most: an event that no group asks for does not stop the others. */
  private isNobodys(message: ChangeMessage): boolean {
    if (!isNobodys(message.pattern, this.groups.groups)) return false;
    this.listener.returned(message);
    this.listener.skipped();
    return true;
  }

  private settled(): void {
    this.backoff.reset();
    this.isStuck = false;
    this.goOn();
    this.advance();
  }

  private goOn(): void {
    if (!this.isStuck && this.gate.closedBecause() === undefined) this.stand(undefined);
  }

  /** Tells where publishing stands; a new reason to hold is worth a line in the log, and so is its end. */
  private stand(standing: Standing | undefined): void {
    if (standing?.state === 'held' && standing.reason !== this.standing?.reason) this.warn(standing.reason);
    if (standing === undefined && this.standing?.state === 'held') this.logger.log('publishing goes on');
    this.standing = standing;
    this.listener.standing(standing);
    if (standing !== undefined) this.room.notify();
  }

  /** With the event that it stands before, where there is one. */
  private warn(msg: string): void {
    const first = this.window.first();
    const { name } = this.stream;
    this.logger.warn({ msg, ...(first === undefined ? { stream: name } : messageFields(first, name)) });
  }

  private advance(): void {
    const watermark = this.window.advance();
    if (watermark === undefined) return;
    this.listener.watermark(watermark);
    if (this.window.size === 0 || this.hasRoom(this.wanted)) this.room.notify();
  }

  private hasRoom(bytes: number): boolean {
    const unsaved = this.window.sequence - this.saved;
    if (unsaved >= this.stream.windowSize) return false;
    return this.window.bytes === 0 || this.window.bytes + bytes <= this.stream.windowBytes;
  }

  /** Looks again whether sending may go on, and says why not. */
  private look(): void {
    const closed = this.gate.closedBecause();
    if (closed !== undefined) this.stand(closed);
    else if (this.session !== undefined && this.window.isIdle) this.goOn();
    this.session?.flush();
  }
}
