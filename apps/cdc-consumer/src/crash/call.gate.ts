import type { HandlerClock } from '@sluice/handlers';

/** `beside`: with any number of others. `alone`: with nothing else, so that what the process dies of is certain. */
export type CallKind = 'beside' | 'alone';

interface Waiter {
  readonly kind: CallKind;
  /** Has waited long enough for those that run beside. */
  isImpatient: boolean;
  readonly enter: () => void;
}

/**
 * Lets calls through side by side, or one of them alone, in the order in which they come. While nobody asks to be alone
 * a call pays a counter for it. Patience is bounded, but for one alone behind another: a handler that hangs must not
 * stop the process, and is not what it dies of.
 */
export class CallGate {
  private readonly running: Record<CallKind, number> = { beside: 0, alone: 0 };
  private readonly waiting: Waiter[] = [];
  private isOverdue = false;

  constructor(
    private readonly patienceMs: number,
    private readonly clock: Pick<HandlerClock, 'wait'>,
  ) {}

  /** Answers as the call does. Rejects without a call when the signal fires first. */
  async pass<T>(kind: CallKind, call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    if (this.isOpenFor(kind)) this.running[kind] += 1;
    else await this.turn(kind, signal);
    const ended = new AbortController();
    if (kind === 'alone') void this.letOthersByWhenOverdue(ended.signal);
    try {
      return await call();
    } finally {
      ended.abort();
      this.leave(kind);
    }
  }

  private isOpenFor(kind: CallKind): boolean {
    const isFirst = this.waiting.length === 0 || (kind === 'beside' && this.isOverdue);
    return isFirst && this.mayEnter({ kind, isImpatient: false });
  }

  private mayEnter({ kind, isImpatient }: Pick<Waiter, 'kind' | 'isImpatient'>): boolean {
    if (kind === 'beside') return this.running.alone === 0 || this.isOverdue;
    return this.running.alone === 0 && (this.running.beside === 0 || isImpatient);
  }

  /** Resolves when it has entered. */
  private turn(kind: CallKind, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    return new Promise((resolve, reject) => {
      const over = new AbortController();
      const stop = () => {
        over.abort();
        this.waiting.splice(this.waiting.indexOf(waiter), 1);
        reject(signal.reason as Error); // an abort's reason is one
        this.admit();
      };
      const enter = () => {
        over.abort();
        signal.removeEventListener('abort', stop);
        resolve();
      };
      const waiter: Waiter = { kind, isImpatient: false, enter };
      this.waiting.push(waiter);
      signal.addEventListener('abort', stop, { once: true });
      if (kind === 'alone') void this.losePatience(waiter, over.signal);
    });
  }

  private async losePatience(waiter: Waiter, over: AbortSignal): Promise<void> {
    await this.clock.wait(this.patienceMs, over);
    if (over.aborted) return;
    waiter.isImpatient = true;
    this.admit();
  }

  private async letOthersByWhenOverdue(ended: AbortSignal): Promise<void> {
    await this.clock.wait(this.patienceMs, ended);
    if (ended.aborted) return;
    this.isOverdue = true;
    this.admit();
  }

  private leave(kind: CallKind): void {
    this.running[kind] -= 1;
    if (kind === 'alone') this.isOverdue = false;
    if (this.waiting.length > 0) this.admit();
  }

  private admit(): void {
    for (let next = this.next(); next !== undefined && this.mayEnter(next); next = this.next()) {
      this.waiting.splice(this.waiting.indexOf(next), 1);
      this.running[next.kind] += 1;
      next.enter();
    }
  }

  private next(): Waiter | undefined {
    return this.isOverdue ? this.waiting.find(({ kind }) => kind === 'beside') : this.waiting[0];
  }
}
