import type { CatchingUp } from './catching-up.js';
import type { FeedCounters } from './feed.counters.js';
import { identityOf } from './feed-cursor.codec.js';
import type { FeedSlot } from './feed.slot.js';
import type { FeedTail } from './feed.tail.js';
import { FeedTeller } from './feed.teller.js';
import { LOOK_BACK } from './repeat.judge.js';
import { isHoleBetween, type StreamMessage } from './stream-message.js';
import type { StreamQueue } from './stream.queue.js';
import { whileOpen } from './while-open.js';

/** Who takes longer for an entry gives way, if others wait for the same reader or for any. */
const GIVE_WAY_MS = 1_000;

export interface ReaderOptions {
  readonly lookBack?: number | undefined;
  /** Whether anybody waits for a reader. */
  readonly isWanted: () => boolean;
}

/**
 * Reads the stream queue once, from a place on, for everybody whose place is there or ahead. Ends when nobody is left,
 * or the connection is lost: then they look again where they stand, and another one reads for them.
 */
export class FeedReader {
  private readonly teller: FeedTeller;
  private readonly served = new Set<CatchingUp>();
  private readonly stopping = new AbortController();
  private readonly birth: number;
  private readonly lookBack: number;
  /** Of the message that it has read last. */
  private previous: number | undefined;
  /** The place that it has passed. */
  private at: number;

  constructor(
    private readonly queue: StreamQueue,
    private readonly tail: Pick<FeedTail, 'birth' | 'memory'>,
    private readonly counters: FeedCounters,
    /** The lowest place that it serves. */
    private readonly begin: number,
    private readonly options: ReaderOptions,
  ) {
    this.lookBack = options.lookBack ?? LOOK_BACK;
    this.teller = new FeedTeller(queue.name, counters, this.lookBack);
    this.birth = tail.birth;
    this.at = begin - 1;
  }

  /** Serves it, if it has not read past its place. */
  takes(one: CatchingUp): boolean {
    if (this.stopping.signal.aborted || one.progress.offset <= this.at) return false;
    this.served.add(one);
    one.progress.handedOver();
    one.ended.then(this.leftBy(one), this.leftBy(one));
    return true;
  }

  /** Whoever is still served looks again. */
  release(): void {
    this.stopping.abort();
    for (const one of this.served) one.end();
  }

  async run(): Promise<void> {
    const subscription = await this.queue.open({ offset: Math.max(0, this.begin + 1 - this.lookBack) });
    await whileOpen(subscription, this.stopping.signal, (messages) => this.take(messages));
  }

  private leftBy(one: CatchingUp): () => void {
    return () => {
      this.served.delete(one);
      if (this.served.size === 0) this.stopping.abort();
    };
  }

  private async take(messages: readonly StreamMessage[]): Promise<'enough' | void> {
    for (const message of messages) {
      if (this.tail.birth !== this.birth) return 'enough';
      this.counters.replayed += 1;
      this.verify(message);
      this.previous = message.offset;
      this.at = Math.max(this.at, message.offset);
      if (message.offset <= this.begin) {
        this.teller.observe(message);
        continue;
      }
      const pending = this.serve(this.teller.tell(message));
      if (pending.size > 0) await this.settled(pending);
      if (this.stopping.signal.aborted) return 'enough';
    }
    this.letGo();
  }

  /** A cursor counts only if the message that it stands behind is the one that lies there. */
  private verify({ offset, id }: StreamMessage): void {
    const isBehindHole = this.previous === undefined || isHoleBetween(this.previous, offset, false);
    for (const one of this.served) {
      const { progress } = one;
      if (progress.offset > offset) continue;
      if (isBehindHole && progress.offset < offset) progress.gone(this.birth);
      if (progress.identity === undefined) continue;
      if (progress.offset === offset && identityOf(id) === progress.identity) progress.verified(this.birth);
      else {
        progress.renewed(this.birth);
        one.end();
      }
    }
  }

  private serve(slot: FeedSlot): Map<CatchingUp, Promise<void>> {
    const pending = new Map<CatchingUp, Promise<void>>();
    for (const one of this.served) {
      if (one.isOver || one.progress.offset >= slot.place.offset) continue;
      try {
        const taken = one.progress.give(slot);
        if (taken !== undefined) pending.set(one, taken);
      } catch (error) {
        one.fail(error);
      }
    }
    return pending;
  }

  /** Waits for those who need time, but lets others wait for nobody who needs long. */
  private settled(pending: ReadonlyMap<CatchingUp, Promise<void>>): Promise<void> {
    return new Promise((resolve) => {
      const open = new Set(pending.keys());
      const done = () => {
        clearInterval(timer);
        resolve();
      };
      const timer = setInterval(() => {
        if (this.served.size === open.size && !this.options.isWanted()) return;
        this.setAside(open, pending);
        done();
      }, GIVE_WAY_MS);
      for (const [one, taken] of pending) {
        one.onOver = () => {
          if (open.delete(one) && open.size === 0) done();
        };
        taken.then(one.onOver, (error: unknown) => one.fail(error));
      }
    });
  }

  /** They come back when they have taken what they were given. */
  private setAside(slow: ReadonlySet<CatchingUp>, pending: ReadonlyMap<CatchingUp, Promise<void>>): void {
    for (const one of slow) {
      this.served.delete(one);
      one.onOver = () => undefined;
      pending.get(one)?.then(
        () => one.end(),
        (error: unknown) => one.fail(error),
      );
    }
    if (this.served.size === 0) this.stopping.abort();
  }

  /** Who has come as far as memory, or further than the tail, needs no reader. */
  private letGo(): void {
    for (const one of this.served) {
      const { offset, identity } = one.progress;
      if (this.tail.memory.relationOf({ offset, identity }) !== 'before') one.end();
    }
  }
}
