import { randomUUID } from 'node:crypto';
import type { StreamQueue } from './stream.queue.js';

/**
 * Notices a subscription that brings nothing although there is something: where retention gives up the segment that a
 * consumer stands in, RabbitMQ 3.10 says nothing to it any more, and does not end it. After a silence a mark is put at
 * the end of the stream queue; if that does not come either, `onStalled` is called, once.
 */
export class SilenceWatch {
  private readonly timer: NodeJS.Timeout;
  private hasHeard = true;
  private isAsked = false;

  constructor(
    private readonly queue: Pick<StreamQueue, 'mark'>,
    silenceMs: number,
    private readonly onStalled: () => void,
  ) {
    this.timer = setInterval(() => this.look(), silenceMs).unref();
  }

  /** Something has come. */
  heard(): void {
    this.hasHeard = true;
    this.isAsked = false;
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private look(): void {
    if (this.hasHeard) this.hasHeard = false;
    else if (this.isAsked) {
      this.stop();
      this.onStalled();
    } else void this.ask();
  }

  private async ask(): Promise<void> {
    try {
      await this.queue.mark(`silence ${randomUUID()}`);
      this.isAsked = !this.hasHeard;
    } catch {
      // The broker is away or takes nothing: who reads hears that by itself, and nothing was asked.
    }
  }
}
