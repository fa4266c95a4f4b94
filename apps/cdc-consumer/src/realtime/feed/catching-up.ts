import type { ReceiverProgress } from './receiver.progress.js';

/** A receiver that is being read for, until it can go on by itself, fails, or its signal fires. */
export class CatchingUp {
  readonly ended: Promise<void>;
  /** Called when it is over, before `ended` is told. */
  onOver: () => void = () => undefined;
  private finish: (error?: unknown) => void = () => undefined;
  private over = false;

  constructor(
    readonly progress: ReceiverProgress,
    signal: AbortSignal,
  ) {
    this.ended = new Promise((resolve, reject) => {
      const abort = () => this.finish(signal.reason);
      this.finish = (error) => {
        this.over = true;
        this.onOver();
        signal.removeEventListener('abort', abort);
        if (error === undefined) resolve();
        else reject(error instanceof Error ? error : new Error('catching up has ended', { cause: error }));
      };
      signal.addEventListener('abort', abort);
      if (signal.aborted) abort();
    });
    this.ended.catch(() => undefined); // told to whoever waits for it
  }

  get isOver(): boolean {
    return this.over;
  }

  end(): void {
    this.finish();
  }

  fail(error: unknown): void {
    this.finish(error);
  }
}
