import { randomUUID } from 'node:crypto';
import { systemMarkClock, type MarkClock } from './mark-clock.js';
import type { StreamQueue } from './stream.queue.js';

/** Clients that send cursors ahead of the end cannot have the broker take a mark for each of them. */
export const LEAST_DISTANCE_MS = 100;

/** `again`: the mark will not be read, and what lies before it may have been given up or not. */
type Outcome = 'over' | 'again';

/**
 * Finds out when everything has been read that was in the stream queue at some moment: by a mark that is published
 * behind it. All who ask before it is published share it; it waits for the one before it to be read, and a while more.
 */
export class EndMarks {
  private readonly awaited = new Map<string, (outcome: Outcome) => void>();
  /** Not published yet. */
  private coming: Promise<void> | undefined;
  private last: Promise<unknown> = Promise.resolve();
  private publishedAtMs = -Infinity;

  constructor(
    private readonly queue: Pick<StreamQueue, 'mark'>,
    private readonly clock: MarkClock = systemMarkClock,
  ) {}

  /** Resolves when a mark that is published after the call has been read. @throws PublishError */
  next(): Promise<void> {
    return (this.coming ??= this.inTurn());
  }

  /** A mark has been read. */
  reached(id: string): void {
    this.awaited.get(id)?.('over');
  }

  /** Retention has given up messages that were not read, marks among them maybe: those awaited are published again. */
  givenUp(): void {
    for (const settle of this.awaited.values()) settle('again');
  }

  /** The stream queue was made anew: marks of the former one will never be read. */
  forget(): void {
    for (const settle of this.awaited.values()) settle('over');
  }

  private async inTurn(): Promise<void> {
    await this.last;
    const waitMs = this.publishedAtMs + LEAST_DISTANCE_MS - this.clock.nowMs();
    if (waitMs > 0) await this.clock.wait(waitMs);
    this.coming = undefined;
    this.publishedAtMs = this.clock.nowMs();
    const read = this.publishUntilRead();
    this.last = read.catch(() => undefined); // whoever waited for that one is told
    return read;
  }

  private async publishUntilRead(): Promise<void> {
    while ((await this.publish()) === 'again');
  }

  private async publish(): Promise<Outcome> {
    const id = randomUUID();
    const settled = new Promise<Outcome>((resolve) => this.awaited.set(id, resolve));
    try {
      await this.queue.mark(id);
      return await settled;
    } finally {
      this.awaited.delete(id);
    }
  }
}
