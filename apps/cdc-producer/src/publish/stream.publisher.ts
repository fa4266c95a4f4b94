import { Logger } from '@nestjs/common';
import { setTimeout as sleep } from 'node:timers/promises';
import type { GroupRegistration } from '@sluice/contracts';
import type { ConfirmedRmqClient } from '@sluice/messaging';
import { Backoff } from '../change-stream/backoff.plan.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { GroupDirectory } from '../group/group.directory.js';
import type { ChangeMessage } from './change-message.js';
import { PublishSession } from './publish-session.js';
import { PublishWindow, type Watermark } from './publish-window.js';
import { ChangeSignal } from './signal.js';
import { judgeUnroutable, type UnroutableVerdict } from './unroutable.policy.js';

/** How the publisher tells where it stands. */
export interface PublisherListener<Mark> {
  confirmed(messages: readonly ChangeMessage[]): void;
  /** The confirmed prefix has grown. */
  watermark(watermark: Watermark<Mark>): void;
  /** Publishing stands still, and why; undefined when it goes on. */
  standing(standing: Standing | undefined): void;
  returned(): void;
  skipped(): void;
  resent(messages: number): void;
}

export interface Standing {
  readonly state: 'waiting' | 'held' | 'reconnecting';
  readonly reason: string;
}

const CONFIRM_TIMEOUT_MS = 30_000;
const HOLD_RETRY_MS = 1_000;

/** Publishes one stream's events in order, through a bounded window of unconfirmed ones, until the signal fires. */
export class StreamPublisher<Mark> {
  private readonly logger: Logger;
  private readonly window = new PublishWindow<Mark>();
  private readonly room = new ChangeSignal();
  private readonly backoff = new Backoff();
  private session: PublishSession<Mark> | undefined;
  private saved = 0;

  constructor(
    private readonly client: ConfirmedRmqClient,
    private readonly groups: GroupDirectory,
    private readonly stream: StreamSettings,
    private readonly exchange: string,
    private readonly listener: PublisherListener<Mark>,
  ) {
    this.logger = new Logger(`publish ${stream.name}`);
  }

  get inFlight(): { events: number; bytes: number } {
    return { events: this.window.inFlightCount, bytes: this.window.bytes };
  }

  /** Waits until there is room, then takes the event; it is sent, and sent again, from the window. */
  async publish(message: ChangeMessage, mark: Mark, signal: AbortSignal): Promise<void> {
    while (!this.hasRoom(message.body.length)) {
      await this.room.wait(signal);
      signal.throwIfAborted();
    }
    this.window.add({ message, mark });
    this.session?.flush();
  }

  /** Reading has come to here: a mark without a message. */
  readTo(mark: Mark): void {
    this.window.add({ message: undefined, mark });
    this.advance();
  }

  /** Everything up to this entry has been saved; the window counts what is not. */
  savedUpTo(sequence: number): void {
    this.saved = Math.max(this.saved, sequence);
    this.room.notify();
  }

  /** Resolves when everything taken has been confirmed, or when the signal fires. */
  async drained(signal: AbortSignal): Promise<void> {
    while (this.window.size > 0 && !signal.aborted) await this.room.wait(signal);
  }

  /** Keeps a session at work; returns when the signal fires and what was in flight has settled. */
  async run(signal: AbortSignal): Promise<void> {
    const wake = () => this.look();
    const { connection } = this.client;
    for (const event of ['connected', 'blocked', 'unblocked'] as const) connection.on(event, wake);
    const unsubscribe = this.groups.onChange(wake);
    try {
      while (!signal.aborted) await this.runSession(signal);
    } finally {
      for (const event of ['connected', 'blocked', 'unblocked'] as const) connection.off(event, wake);
      unsubscribe();
    }
  }

  private async runSession(signal: AbortSignal): Promise<void> {
    try {
      await this.waitForBroker(signal);
      const resent = this.window.rewind();
      if (resent > 0) this.listener.resent(resent);
      this.session = await PublishSession.open(
        this.client,
        this.window,
        { confirmTimeoutMs: CONFIRM_TIMEOUT_MS, exchange: this.exchange },
        {
          mayRun: () => this.mayRun(),
          confirmed: (messages) => this.confirmed(messages),
          isNobodys: (message) => this.isNobodys(message),
        },
      );
      this.look();
      const failure = await this.session.ended(signal);
      await this.session.settle(signal); // already fired: whoever stops us has drained
      this.advance();
      if (failure !== undefined && !signal.aborted) await this.recover(failure, signal);
    } catch (error) {
      if (signal.aborted) return;
      this.listener.standing({ state: 'reconnecting', reason: error instanceof Error ? error.message : String(error) });
      await this.backoff.wait(signal);
    } finally {
      this.session = undefined;
    }
  }

  private async waitForBroker(signal: AbortSignal): Promise<void> {
    const { connection } = this.client;
    if (connection.isConnected()) return;
    this.listener.standing({
      state: 'reconnecting',
      reason: `RabbitMQ is not connected: ${connection.lastError?.message ?? 'connecting'}`,
    });
    await connection.whenConnected(signal);
  }

  /** Says what failed, and waits as long as fits: an event that came back is tried once a second, the rest with backoff. */
  private async recover(failure: Error, signal: AbortSignal): Promise<void> {
    if (this.window.isReturned) await this.judgeReturned(signal);
    else {
      this.listener.standing({ state: 'reconnecting', reason: failure.message });
      if (this.backoff.attempts === 0) this.logger.warn(`${failure.message}; sending again what is not confirmed`);
      await this.backoff.wait(signal);
    }
  }

  private async judgeReturned(signal: AbortSignal): Promise<void> {
    this.listener.returned();
    const verdict = await this.verdictOnFirst();
    if (verdict.action === 'pass') {
      this.listener.skipped();
      this.window.passFirst();
      this.advance();
      return;
    }
    this.listener.standing({ state: 'held', reason: verdict.why });
    await sleep(HOLD_RETRY_MS, undefined, { signal });
  }

  /** Judged by the groups as they are now: a group may have registered a moment ago. */
  private async verdictOnFirst(): Promise<UnroutableVerdict> {
    const pattern = this.window.first()?.message?.pattern ?? '';
    let groups: readonly GroupRegistration[];
    try {
      groups = await this.groups.refresh();
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      return { action: 'hold', why: `no queue takes "${pattern}", and who asks for it cannot be read: ${why}` };
    }
    return judgeUnroutable(pattern, groups, this.stream.onUnroutable);
  }

  /** By the groups as last read, a second ago at most: an event that no group asks for does not stop the others. */
  private isNobodys({ pattern }: ChangeMessage): boolean {
    if (judgeUnroutable(pattern, this.groups.groups, 'hold').action === 'hold') return false;
    this.listener.returned();
    this.listener.skipped();
    return true;
  }

  private confirmed(messages: readonly ChangeMessage[]): void {
    this.backoff.reset();
    this.listener.confirmed(messages);
    if (this.session !== undefined) this.listener.standing(undefined);
    this.advance();
  }

  private advance(): void {
    const watermark = this.window.advance();
    if (watermark === undefined) return;
    this.listener.watermark(watermark);
    this.room.notify();
  }

  private hasRoom(bytes: number): boolean {
    const unsaved = this.window.sequence - this.saved;
    if (unsaved >= this.stream.windowSize) return false;
    return this.window.bytes === 0 || this.window.bytes + bytes <= this.stream.windowBytes;
  }

  private mayRun(): boolean {
    return this.client.connection.status === 'connected' && this.groups.joining() === undefined;
  }

  /** Looks again whether sending may go on, and says why not. */
  private look(): void {
    const joining = this.groups.joining();
    const { status, lastError } = this.client.connection;
    if (status === 'blocked')
      this.listener.standing({ state: 'held', reason: lastError?.message ?? 'the broker blocks publishing' });
    else if (joining !== undefined)
      this.listener.standing({ state: 'waiting', reason: `group "${joining}" is joining` });
    else if (this.session !== undefined && this.window.isIdle) this.listener.standing(undefined);
    this.session?.flush();
  }
}
