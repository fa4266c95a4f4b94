import type { HandlerClock } from '../clock/handler.clock.js';
import type { BatchLimits } from './batch.limits.js';
import type { BatchItem } from './batch.run.js';

/** What becomes of a full batch; ends when its items are settled. */
export type RunBatch = (items: readonly BatchItem[]) => Promise<void>;

/**
 * Collects the events of one handler and one partition, in the order in which they come, and runs one batch at a time:
 * a document's events may be in several batches, and the second must find the first done.
 */
export class BatchCollector {
  private readonly waiting: BatchItem[] = [];
  private filled: () => void = () => undefined;
  private busy = false;

  constructor(
    private readonly limits: BatchLimits,
    private readonly clock: HandlerClock,
    private readonly run: RunBatch,
    /** Nothing waits and nothing runs any more. */
    private readonly onIdle: () => void,
  ) {}

  add(item: BatchItem): void {
    this.waiting.push(item);
    if (this.isComplete()) this.filled();
    if (!this.busy) void this.work();
  }

  /** Never rejects: neither does a run. */
  private async work(): Promise<void> {
    this.busy = true;
    for (let first = this.waiting[0]; first !== undefined; first = this.waiting[0]) {
      await this.collected(first);
      await this.run(this.waiting.splice(0, this.nextSize()));
    }
    this.busy = false;
    this.onIdle();
  }

  /** Nothing that comes can add to the next batch. */
  private isComplete(): boolean {
    return this.nextSize() >= this.limits.maxEvents || this.waiting.some(isAlone);
  }

  /** An item that is to be alone is a batch, and ends the one before it: order goes before size. */
  private nextSize(): number {
    const alone = this.waiting.findIndex(isAlone);
    if (alone === 0) return 1;
    return Math.min(this.limits.maxEvents, alone === -1 ? this.waiting.length : alone);
  }

  /** Until the batch is full, its first event has waited long enough, or its delivery is stopping. */
  private async collected({ delivery }: BatchItem): Promise<void> {
    if (this.isComplete()) return;
    const full = new AbortController();
    const stop = () => full.abort();
    this.filled = stop;
    delivery.stopping.addEventListener('abort', stop, { once: true });
    if (!delivery.stopping.aborted) await this.clock.wait(this.limits.maxWaitMs, full.signal);
    delivery.stopping.removeEventListener('abort', stop);
    this.filled = () => undefined;
  }
}

function isAlone({ delivery }: BatchItem): boolean {
  return delivery.alone === true;
}
