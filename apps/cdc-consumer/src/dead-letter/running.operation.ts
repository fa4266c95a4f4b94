import type { LetterEvent } from './found-letter.mapper.js';
import type { OperationStore } from './operation.store.js';
import type { Scan } from './dead-letter.scan.js';

/** How far an operation is. */
export type Progress = { -readonly [count in 'total' | 'scanned' | 'taken' | 'superseded']: number };

/** Letters between two reports. */
const REPORT_EVERY = 25;
/** Also while it waits for its turn, or for the broker: in silence it would be taken for interrupted. */
const REPORT_MS = 5_000;

export function noProgress(): Progress {
  return { total: 0, scanned: 0, taken: 0, superseded: 0 };
}

/** An operation on dead letters while it runs or waits: says that it is there, and hears when it is to end. */
export class RunningOperation {
  readonly progress = noProgress();
  /** Aborted when somebody cancels it, or this replica ends. */
  readonly signal: AbortSignal;
  private readonly cancel = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private isStopped = false;

  constructor(
    private readonly id: string,
    private readonly store: OperationStore,
    private readonly closing: AbortSignal,
  ) {
    this.signal = AbortSignal.any([closing, this.cancel.signal]);
    this.timer = setInterval(() => void this.report().catch(() => undefined), REPORT_MS).unref();
  }

  get isCancelled(): boolean {
    return this.cancel.signal.aborted;
  }

  /** Whether it may go on with the next letter. */
  async goTo({ total, scanned }: Scan): Promise<boolean> {
    Object.assign(this.progress, { total, scanned });
    if (scanned % REPORT_EVERY === 0) await this.report();
    this.isStopped = this.signal.aborted;
    return !this.isStopped;
  }

  /** Notes which event the letter holds that it is about, before that is gone. */
  async isAbout(event: LetterEvent): Promise<void> {
    await this.report(event);
  }

  /** It is through, or was stopped. */
  async end(): Promise<void> {
    const state = this.isStopped ? this.endedBy : undefined;
    await this.store.report(this.id, { ...this.progress, state: state ?? 'done' });
  }

  /** Where it was ended while it waited, that is no failure. */
  async fail(error: unknown): Promise<void> {
    const said = this.isCancelled ? {} : { error: String(error) };
    await this.store.report(this.id, { ...this.progress, ...said, state: this.endedBy ?? 'failed' });
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private get endedBy(): 'cancelled' | 'interrupted' | undefined {
    if (this.closing.aborted) return 'interrupted';
    return this.isCancelled ? 'cancelled' : undefined;
  }

  private async report(more: Partial<LetterEvent> = {}): Promise<void> {
    if (await this.store.report(this.id, { ...this.progress, ...more })) this.cancel.abort();
  }
}
