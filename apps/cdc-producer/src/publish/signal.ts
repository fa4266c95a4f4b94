/** Wakes whoever waits for a change of state; a wake-up says nothing but "look again". */
export class ChangeSignal {
  private waiting: (() => void)[] = [];

  notify(): void {
    const woken = this.waiting;
    this.waiting = [];
    for (const wake of woken) wake();
  }

  /** Resolves at the next `notify`, or when the signal fires. */
  wait(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        resolve();
      };
      signal.addEventListener('abort', wake);
      this.waiting.push(wake);
    });
  }
}
