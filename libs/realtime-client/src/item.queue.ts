interface Waiter<V> {
  readonly resolve: (result: IteratorResult<V, undefined>) => void;
  readonly reject: (error: Error) => void;
}

/** Items between whoever receives them and whoever takes them, with what they weigh. */
export class ItemQueue<V> {
  /** What waits here, in the unit of `push`. */
  weight = 0;
  private items: { readonly value: V; readonly weight: number }[] = [];
  private waiters: Waiter<V>[] = [];
  private end: { readonly error: Error | undefined } | undefined;

  push(value: V, weight: number): void {
    if (this.end) return;
    const waiter = this.waiters.shift();
    if (waiter) return waiter.resolve({ value, done: false });
    this.items.push({ value, weight });
    this.weight += weight;
  }

  /** The next item; waits for it. Behind the last one `done`, or the error with which it ended, once. */
  next(): Promise<IteratorResult<V, undefined>> {
    const item = this.items.shift();
    if (item) {
      this.weight -= item.weight;
      return Promise.resolve({ value: item.value, done: false });
    }
    if (!this.end) return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
    const { error } = this.end;
    this.end = { error: undefined };
    return error ? Promise.reject(error) : Promise.resolve({ value: undefined, done: true });
  }

  /** What has come before is still given, then `error`, then nothing more. */
  finish(error: Error | undefined): void {
    if (this.end) return;
    const [first, ...others] = this.waiters;
    this.waiters = [];
    this.end = { error: first ? undefined : error };
    if (first && error) first.reject(error);
    else first?.resolve({ value: undefined, done: true });
    for (const { resolve } of others) resolve({ value: undefined, done: true });
  }

  /** Nobody will take what is here. */
  discard(): void {
    this.items = [];
    this.weight = 0;
    this.finish(undefined);
    this.end = { error: undefined };
  }
}
