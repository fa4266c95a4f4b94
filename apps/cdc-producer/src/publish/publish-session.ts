import {
  channelClosed,
  confirmTimeout,
  refused,
  unroutable,
  type ConfirmedRmqClient,
  type ConfirmSession,
  type PublishError,
} from '@sluice/messaging';
import { ChangeSignal, untilAborted, within } from '@sluice/platform';
import type { ChangeMessage } from './change-message.js';
import type { PublishWindow } from './publish-window.js';

export interface SessionLimits {
  /** No confirm at all for so long, with messages in flight and the broker not blocking, ends the session. */
  readonly confirmTimeoutMs: number;
  readonly exchange: string;
}

/** What a session asks and tells its publisher. */
export interface SessionOwner {
  /** Whether sending may go on now: the broker does not block, no group is joining. */
  mayRun(): boolean;
  published(message: ChangeMessage): void;
  /** The broker has taken a message. */
  confirmed(message: ChangeMessage): void;
  /** Some have been confirmed, or may pass: what may be saved may have grown. */
  settled(): void;
  /** Whether the event stands behind parked ones, and must be parked as well. */
  mustPark(message: ChangeMessage): boolean;
  /** Parks the event with this number in the window. */
  park(message: ChangeMessage, number: number): void;
  /** Whether an event that came back is nobody's and may pass. */
  isNobodys(message: ChangeMessage): boolean;
}

const WATCH_MS = 1_000;
/** A broker that blocks publishing does not answer a close either: whoever stops waits no longer than this for it. */
const CLOSE_MS = 2_000;
const NEVER = new AbortController().signal;

/**
 * One confirm channel at work on a window: sends what is unsent, in order, until something fails. It begins with one
 * message in flight until the first clean confirm: what is in flight behind an event that comes back may overtake it.
 */
export class PublishSession<Mark> {
  private session: ConfirmSession | undefined;
  private careful = true;
  private failedWith: PublishError | undefined;
  private lastNews = performance.now();
  private readonly watch: NodeJS.Timeout;
  private readonly changed = new ChangeSignal();

  private constructor(
    private readonly window: PublishWindow<Mark>,
    private readonly limits: SessionLimits,
    private readonly owner: SessionOwner,
  ) {
    this.watch = setInterval(() => this.checkConfirms(), WATCH_MS).unref();
  }

  /** @throws the signal's reason where it fires first */
  static async open<Mark>(
    client: ConfirmedRmqClient,
    window: PublishWindow<Mark>,
    limits: SessionLimits,
    owner: SessionOwner,
    signal: AbortSignal,
  ): Promise<PublishSession<Mark>> {
    const session = new PublishSession(window, limits, owner);
    const opening = client.openSession({
      settled: (tag, multiple, ok) => session.settled(tag, multiple, ok),
      returned: (messageId, routingKey) => session.returned(messageId, routingKey),
      drained: () => session.flush(),
      closed: (reason) => session.fail(channelClosed(reason)),
    });
    try {
      session.session = await untilAborted(opening, signal);
      signal.throwIfAborted();
      return session;
    } catch (error) {
      clearInterval(session.watch);
      void opening.then((late) => late.close()).catch(() => undefined); // whoever stopped does not wait for it
      throw error;
    }
  }

  /** Sends as much as may be in flight now. */
  flush(): void {
    const { session } = this;
    if (session === undefined || !session.isOpen) return;
    while (!session.isBackedUp) {
      const message = this.nextToSend();
      if (message === undefined) return;
      if (this.owner.mustPark(message)) {
        if (!this.park(message)) return;
        continue;
      }
      if (this.window.isIdle) this.lastNews = performance.now();
      this.window.takeUnsent();
      session.send(message);
      this.owner.published(message);
    }
  }

  private nextToSend(): ChangeMessage | undefined {
    if (this.failedWith !== undefined || (this.careful && !this.window.isIdle)) return undefined;
    const message = this.window.nextUnsent;
    return message !== undefined && this.owner.mayRun() ? message : undefined;
  }

  /** A control event waits until all before it are through: parked, it could go out before what is in flight here. */
  private park(message: ChangeMessage): boolean {
    if (message.document === null && !this.window.isNextFirst) return false;
    this.owner.park(message, this.window.takeToPark());
    return true;
  }

  /** Resolves with why the session is over, as soon as it is; undefined where the signal came first. */
  async ended(signal: AbortSignal): Promise<PublishError | undefined> {
    while (this.failedWith === undefined && !signal.aborted) await this.changed.wait(signal);
    return this.failedWith;
  }

  /** Lets what is in flight settle, as far as the broker still answers, then closes. */
  async settle(signal: AbortSignal): Promise<void> {
    const deadline = performance.now() + this.limits.confirmTimeoutMs;
    while (!this.window.isIdle && this.session?.isOpen === true && performance.now() < deadline && !signal.aborted) {
      await this.changed.wait(signal, WATCH_MS);
    }
    clearInterval(this.watch);
    const closing = this.session?.close() ?? Promise.resolve();
    await untilAborted(closing, signal);
    if (signal.aborted) await within(CLOSE_MS, NEVER, (over) => untilAborted(closing, over));
  }

  private settled(tag: number, multiple: boolean, ok: boolean): void {
    this.lastNews = performance.now();
    const settled = this.window.settle(tag, multiple, ok, this.onConfirmed);
    if (!ok) this.fail(refused());
    else if (settled > 0) {
      if (this.failedWith === undefined) this.careful = false;
      this.owner.settled();
    }
    this.flush();
    if (this.window.isIdle) this.changed.notify();
  }

  private returned(messageId: string, routingKey: string): void {
    const passed = this.window.markReturned(messageId, (message) => this.owner.isNobodys(message));
    if (!passed) this.fail(unroutable(this.limits.exchange, routingKey));
    else this.owner.settled();
  }

  private readonly onConfirmed = (message: ChangeMessage): void => this.owner.confirmed(message);

  private fail(error: PublishError): void {
    this.failedWith ??= error;
    this.changed.notify();
  }

  private checkConfirms(): void {
    if (this.window.isIdle || !this.owner.mayRun()) {
      this.lastNews = performance.now(); // a blocked broker confirms nothing, and is not silent
      return;
    }
    if (performance.now() - this.lastNews > this.limits.confirmTimeoutMs)
      this.fail(confirmTimeout(this.limits.confirmTimeoutMs));
  }
}
