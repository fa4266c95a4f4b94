import { randomUUID } from 'node:crypto';
import type { StreamQueue } from './stream.queue.js';

/**
 * Finds out when everything has been read that was in the stream queue at some moment: by a mark that is published
 * behind it. All who ask while one is on its way share the next one.
 */
export class EndMarks {
  private readonly awaited = new Map<string, () => void>();
  private current: Promise<void> | undefined;
  private following: Promise<void> | undefined;

  constructor(private readonly queue: Pick<StreamQueue, 'mark'>) {}

  /** Resolves when a mark that is published after the call has been read. @throws PublishError */
  next(): Promise<void> {
    if (this.current === undefined) return this.begin();
    this.following ??= this.current.then(
      () => this.begin(),
      () => this.begin(),
    );
    return this.following;
  }

  /** A mark has been read. */
  reached(id: string): void {
    this.awaited.get(id)?.();
  }

  /** The stream queue was made anew: marks of the former one will never be read. */
  forget(): void {
    for (const reach of this.awaited.values()) reach();
  }

  private begin(): Promise<void> {
    this.following = undefined;
    const done = this.publish().finally(() => {
      if (this.current === done) this.current = undefined;
    });
    return (this.current = done);
  }

  private async publish(): Promise<void> {
    const id = randomUUID();
    const read = new Promise<void>((resolve) => this.awaited.set(id, resolve));
    try {
      await this.queue.mark(id);
      await read;
    } finally {
      this.awaited.delete(id);
    }
  }
}
