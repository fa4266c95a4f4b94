import { Injectable, Logger } from '@nestjs/common';
import { ChangeSignal, within } from '@sluice/platform';
import { ControlStore, type StreamControl } from './stream-control.js';

/** A pause is noticed within this time, on whichever producer the stream runs. */
const LOOK_MS = 500;

/** Looks what operators want of the streams, also what they asked another producer for. */
@Injectable()
export class ControlWatch {
  private readonly logger = new Logger(ControlWatch.name);
  private readonly looked = new ChangeSignal();
  private readonly wanted = new ChangeSignal();
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(private readonly store: ControlStore) {}

  start(streams: readonly string[], follow: (control: StreamControl) => void): void {
    this.running = this.run(streams, follow);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  /** Resolves at the next look for which the condition holds, or when the time is over. */
  async until(condition: () => boolean, timeoutMs: number): Promise<void> {
    await within(timeoutMs, this.stopping.signal, async (signal) => {
      this.wanted.notify(); // not only when the next look is due
      while (!signal.aborted && !condition()) await this.looked.wait(signal);
    });
  }

  private async run(streams: readonly string[], follow: (control: StreamControl) => void): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      try {
        for (const control of await this.store.read(streams)) follow(control);
      } catch (error) {
        this.logger.debug(`not looked: ${String(error)}`); // the link reports the outage
      }
      this.looked.notify();
      await this.wanted.wait(signal, LOOK_MS);
    }
  }
}
