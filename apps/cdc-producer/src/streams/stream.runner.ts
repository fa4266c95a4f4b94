import { Logger } from '@nestjs/common';
import { Backoff } from '../change-stream/backoff.plan.js';
import type { StartPoint } from '../change-stream/start.plan.js';
import { StreamStoppedError } from '../change-stream/stream.error.js';
import type { TakenStream } from '../checkpoint/checkpoint.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { RelayFactory, RunningRelay } from '../relay/relay.factory.js';
import { StreamStatusRecord } from './stream.status.js';

/** Starts, pauses and resumes one stream; what one stream does never holds up another. */
export class StreamRunner {
  readonly status: StreamStatusRecord;
  private readonly logger: Logger;
  private stopping: AbortController | undefined;
  private running: Promise<void> = Promise.resolve();
  private turn: Promise<void> = Promise.resolve();
  private ended = false;

  constructor(
    readonly stream: StreamSettings,
    private readonly factory: RelayFactory,
    private readonly onFailed: (error: StreamStoppedError) => void,
  ) {
    this.status = new StreamStatusRecord(stream);
    this.logger = new Logger(`stream ${stream.name}`);
  }

  /** Does nothing where it runs already; starts a failed stream again. Waits for a stop that is under way. */
  start(): Promise<void> {
    return this.inTurn(() => {
      this.begin();
      return Promise.resolve();
    });
  }

  /** Stops reading, settles what is in flight, saves. After `stopped` it does not start again. */
  stop(as: 'paused' | 'stopped'): Promise<void> {
    if (as === 'stopped') this.ended = true;
    return this.inTurn(async () => {
      this.stopping?.abort();
      await this.running;
      this.stopping = undefined;
      this.status.move(as);
    });
  }

  /** One after another: a resume that comes during a pause is not lost. */
  private inTurn(work: () => Promise<void>): Promise<void> {
    this.turn = this.turn.then(work);
    return this.turn;
  }

  private begin(): void {
    if (this.stopping !== undefined || this.ended) return;
    const stopping = new AbortController();
    this.stopping = stopping;
    this.status.move('starting');
    this.running = this.run(stopping.signal).finally(() => {
      if (this.stopping === stopping) this.stopping = undefined;
    });
  }

  private async run(signal: AbortSignal): Promise<void> {
    try {
      const taken = await this.take(signal);
      if (taken === undefined) return;
      this.status.move('starting');
      const relay = this.factory.open(this.stream, taken, this.status);
      this.announce(relay);
      await relay.run(signal);
    } catch (error) {
      this.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  /** Taking needs the state database: tried until it answers. */
  private async take(signal: AbortSignal): Promise<TakenStream | undefined> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        return await this.factory.take(this.stream.name);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.status.move('starting', `the state database does not answer: ${reason}`);
        await backoff.wait(signal);
      }
    }
    return undefined;
  }

  private announce({ plan, epoch }: RunningRelay): void {
    this.logger.log(`taken (epoch ${epoch}), ${plan.why}: ${whereFrom(plan.start)}`);
  }

  private fail(error: Error): void {
    this.status.failedWith(error);
    this.status.move('failed', error.message);
    this.logger.error(error);
    if (error instanceof StreamStoppedError) this.onFailed(error);
  }
}

function whereFrom(start: StartPoint): string {
  switch (start.kind) {
    case 'now':
      return 'begins with changes from now on';
    case 'after':
      return 'goes on behind the saved token';
    case 'at':
      return `begins with changes of ${new Date(start.time.t * 1000).toISOString()}`;
  }
}
