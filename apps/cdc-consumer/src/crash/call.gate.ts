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
 * a call pays a counter for it. Patience is bounded both ways, because a handler that hangs must not stop the process:
 * one alone stops waiting for those beside it, and one that has been alone for so long goes on beside the others.
 */
export class CallGate {
  private readonly running: Record<CallKind, number> = { beside: 0, alone: 0 };
  private readonly waiting: Waiter[] = [];

  constructor(
    private readonly patienceMs: number,
    private readonly clock: Pick<HandlerClock, 'wait'>,
  ) {}

  /** Answers as the call does. Rejects without a call when the signal fires first. */
  async pass<T>(kind: CallKind, call: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const isFirst = this.waiting.length === 0;
    if (isFirst && this.mayEnter({ kind, isImpatient: false })) this.running[kind] += 1;
    else await this.turn(kind, signal);
    return kind === 'beside' ? this.runBeside(call) : this.runAlone(call);
  }

  /** The way of nearly every event: an AbortController here would cost more than all the rest of it. */
  private async runBeside<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } finally {
      this.leave('beside');
    }
  }

  private async runAlone<T>(call: () => Promise<T>): Promise<T> {
    const place: { kind: CallKind } = { kind: 'alone' };
    const ended = new AbortController();
    void this.joinOthersWhenOverdue(place, ended.signal);
    try {
      return await call();
    } finally {
      ended.abort();
      this.leave(place.kind);
    }
  }

  private leave(kind: CallKind): void {
    this.running[kind] -= 1;
    if (this.waiting.length > 0) this.admit();
  }

  private mayEnter({ kind, isImpatient }: Pick<Waiter, 'kind' | 'isImpatient'>): boolean {
    if (this.running.alone > 0) return false;
    return kind === 'beside' || this.running.beside === 0 || isImpatient;
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

  private async joinOthersWhenOverdue(place: { kind: CallKind }, ended: AbortSignal): Promise<void> {
    await this.clock.wait(this.patienceMs, ended);
    if (ended.aborted) return;
    this.running[place.kind] -= 1;
    place.kind = 'beside';
    this.running[place.kind] += 1;
    this.admit();
  }

  private admit(): void {
    for (let [next] = this.waiting; next !== undefined && this.mayEnter(next); [next] = this.waiting) {
      this.waiting.shift();
      this.running[next.kind] += 1;
      next.enter();
    }
  }
}
