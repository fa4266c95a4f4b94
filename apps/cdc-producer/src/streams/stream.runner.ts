import { Logger } from '@nestjs/common';
import { thrownError } from '@sluice/contracts';
import type { OplogWatch } from '../change-stream/oplog.watch.js';
import type { StartPoint } from '../change-stream/start.plan.js';
import { StreamLostError, StreamStoppedError } from '../change-stream/stream.error.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { HeldLease } from '../lease/held.lease.js';
import type { LeaseTaker, Waiting } from '../lease/lease.taker.js';
import type { RelayFactory, RunningRelay } from '../relay/relay.factory.js';
import { pauseReason, type StreamControl, type StreamPause } from './stream-control.js';
import { StreamStatusRecord } from './stream.status.js';

/** Runs one stream while it holds its lease and nobody has paused it; no stream holds up another. */
export class StreamRunner {
  readonly status: StreamStatusRecord;
  private readonly logger: Logger;
  private stopping: AbortController | undefined;
  private running: Promise<void> = Promise.resolve();
  private turn: Promise<void> = Promise.resolve();
  private control: StreamControl | undefined;
  private held: HeldLease | undefined;
  private ended = false;

  constructor(
    readonly stream: StreamSettings,
    private readonly leases: LeaseTaker,
    private readonly factory: RelayFactory,
    oplog: Pick<OplogWatch, 'oldest' | 'nowSeconds'>,
    private readonly onFailed: (error: StreamStoppedError) => void,
  ) {
    this.status = new StreamStatusRecord(stream, {
      oldest: () => oplog.oldest(stream.readPreference),
      nowSeconds: () => oplog.nowSeconds,
    });
    this.logger = new Logger(`stream ${stream.name}`);
  }

  /** By this producer, which then knows its position better than the state database. */
  get isHeld(): boolean {
    return this.held !== undefined;
  }

  /** Waits for its lease and runs; a stream that is paused is never taken. */
  start(): Promise<void> {
    return this.inTurn(() => {
      this.begin();
      return Promise.resolve();
    });
  }

  /** Does what operators want of the stream; news that are older than what is known are passed over. */
  follow(control: StreamControl): Promise<void> {
    return this.inTurn(async () => {
      const before = this.control;
      if (this.ended || (before !== undefined && control.revision < before.revision)) return;
      this.control = control;
      // By what is held, or a restart that was told while the lease was being taken would be passed over for good.
      const isRestarted = control.restarts > (this.held?.restarts ?? before?.restarts ?? control.restarts);
      if (control.pause !== null) await this.pause(control.pause);
      else if (isRestarted || control.revision !== before?.revision) {
        if (isRestarted) await this.halt();
        this.begin(); // also one that has failed
      }
      if (this.isHeld) return; // the holder knows its own, and goes by that
      this.status.found(control.position);
      if (this.status.state === 'failed') this.status.leased(() => control.lease); // another may have taken it since
    });
  }

  /** For good: lets go of the stream, and does not start it again. */
  stop(): Promise<void> {
    this.ended = true;
    return this.inTurn(async () => {
      await this.halt();
      this.status.leased(() => undefined); // who else may hold it is not looked at any more
      this.status.move('stopped');
    });
  }

  /** A paused stream's lease is let go, so that a resume takes it up wherever it is assigned then. */
  private async pause(pause: StreamPause): Promise<void> {
    await this.halt();
    this.status.leased(() => this.control?.lease);
    this.status.move('paused', pauseReason(pause));
  }

  /** Stops reading, settles what is in flight, saves, lets go of the lease. */
  private async halt(): Promise<void> {
    this.stopping?.abort();
    await this.running;
    this.stopping = undefined;
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
      while (!signal.aborted) {
        const lease = await this.takeLease(signal);
        if (lease !== undefined) await this.runWith(lease, signal);
      }
    } catch (error) {
      this.fail(thrownError(error));
    }
  }

  private takeLease(signal: AbortSignal): Promise<HeldLease | undefined> {
    const listener = {
      waiting: ({ reason, terms }: Waiting) => {
        this.status.leased(() => terms);
        this.status.move('waiting', reason);
      },
      unanswered: (error: Error) =>
        this.status.move('starting', `the state database does not answer: ${error.message}`),
    };
    return this.leases.take(this.stream.name, listener, signal);
  }

  /** Until the lease is lost, or the stream is handed over to the producer that it is assigned to now. */
  private async runWith(lease: HeldLease, signal: AbortSignal): Promise<void> {
    this.held = lease;
    this.status.leased(() => lease.terms);
    this.status.move('starting');
    try {
      const relay = this.factory.open(this.stream, lease, this.status);
      this.announce(relay);
      await relay.run(AbortSignal.any([signal, lease.handOver]));
      lease.lost.throwIfAborted();
      this.logger.log(lease.handOver.aborted ? 'handed over: assigned to another producer' : 'released');
    } catch (error) {
      this.tellLoss(lease.lost.aborted ? lease.lost.reason : error);
    } finally {
      await lease.release();
      this.held = undefined;
      this.status.leased(() => undefined);
      this.status.move('waiting', 'the stream was given up');
    }
  }

  /** A stream that was lost is waited for again; whatever else happened stops it. */
  private tellLoss(loss: unknown): void {
    if (!(loss instanceof StreamLostError)) throw loss;
    this.status.failedWith(loss);
    this.logger.warn(`${loss.message} Waiting to take it again`);
  }

  private announce({ plan, epoch }: RunningRelay): void {
    this.logger.log(`taken (epoch ${epoch}), ${plan.why}: ${whereFrom(plan.start)}`);
  }

  private fail(error: Error): void {
    this.status.failedWith(error);
    this.status.move('failed', error.message);
    const event = error instanceof StreamStoppedError ? error.event : undefined;
    this.logger.error({ msg: error.message, err: error, stream: this.stream.name, ...event });
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
