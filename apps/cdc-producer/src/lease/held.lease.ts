import { Logger } from '@nestjs/common';
import { thrownError } from '@sluice/contracts';
import { StreamFencedError } from '../change-stream/stream.error.js';
import type { TakenStream } from '../checkpoint/checkpoint.js';
import { LeaseLapsedError } from './lease-lapsed.error.js';
import { MONOTONIC_CLOCK, type LeaseClock } from './lease.clock.js';
import { LeaseDeadline } from './lease.deadline.js';
import type { GrantedLease, LeaseStore, LeaseTerms } from './lease.js';

/** What a held lease leans on. */
export interface LeaseParts {
  readonly store: LeaseStore;
  readonly leaseMs: number;
  /** Whether the stream is assigned to this producer. */
  readonly isAssigned: () => boolean;
  readonly clock?: LeaseClock;
}

/** Renewals in a lease time: two may fail before it runs out. */
const RENEWALS = 3;
const RETRIES = 15;

/** A stream that this producer holds; renewed until it is released or lost. */
export class HeldLease {
  readonly taken: TakenStream;
  readonly restarts: number;
  private readonly logger: Logger;
  private readonly clock: LeaseClock;
  private readonly deadline: LeaseDeadline;
  private readonly losing = new AbortController();
  private readonly handingOver = new AbortController();
  private readonly releasing = new AbortController();
  private unassignedSinceMs: number | undefined;
  private failure: Error | undefined;
  private until: Date;

  /** `sentAtMs`: when the request that was granted was sent, on the clock of `parts`. */
  constructor(
    readonly stream: string,
    private readonly parts: LeaseParts,
    { taken, terms, restarts }: GrantedLease,
    sentAtMs: number,
    private readonly holder = terms.holder,
  ) {
    this.logger = new Logger(`lease ${stream}`);
    this.clock = parts.clock ?? MONOTONIC_CLOCK;
    this.deadline = new LeaseDeadline(parts.leaseMs, sentAtMs, this.clock);
    this.taken = taken;
    this.restarts = restarts;
    this.until = terms.until;
    void this.watch();
    void this.keep();
  }

  get terms(): LeaseTerms {
    return { holder: this.holder, until: this.until };
  }

  /** Asked before each publish. */
  mayPublish(): boolean {
    return !this.lost.aborted && !this.releasing.signal.aborted && !this.deadline.isOver();
  }

  /** Fires when the stream is ours no more; its reason says why. Nothing is published from then on. */
  get lost(): AbortSignal {
    return this.losing.signal;
  }

  /** Fires when the stream should be given up in good order: another producer is to have it. */
  get handOver(): AbortSignal {
    return this.handingOver.signal;
  }

  /** Ends the renewals and lets the next one take the stream at once. Nothing may be published any more. */
  async release(): Promise<void> {
    this.releasing.abort();
    const { store, leaseMs } = this.parts;
    const over = new AbortController();
    const limit = this.clock.sleep(leaseMs, over.signal);
    const released = store.release(this.stream, this.taken.epoch, this.holder).catch((error: unknown) => {
      this.logger.debug(`not released, it runs out by itself: ${String(error)}`);
    });
    await Promise.race([released, limit]);
    over.abort();
  }

  private get ended(): AbortSignal {
    return AbortSignal.any([this.releasing.signal, this.lost]);
  }

  /** Tells of the end as soon as the time is over, also while a renewal hangs. */
  private async watch(): Promise<void> {
    const { ended } = this;
    while (!ended.aborted) {
      if (this.deadline.isOver()) return this.lapse();
      await this.clock.sleep(this.deadline.leftMs, ended);
    }
  }

  private async keep(): Promise<void> {
    const { ended } = this;
    const { leaseMs } = this.parts;
    while (!ended.aborted) {
      await this.clock.sleep(leaseMs / (this.failure === undefined ? RENEWALS : RETRIES), ended);
      if (ended.aborted) return;
      if (this.deadline.isOver()) return this.lapse();
      this.checkAssignment();
      await this.renew();
    }
  }

  private async renew(): Promise<void> {
    const { store, leaseMs } = this.parts;
    const sentAtMs = this.clock.now();
    try {
      const until = await store.renew(this.stream, this.taken.epoch, this.holder, leaseMs);
      if (until === undefined) return this.losing.abort(new StreamFencedError(this.stream));
      this.until = until;
      this.failure = undefined;
      this.deadline.extend(sentAtMs);
    } catch (error) {
      if (this.failure === undefined) this.logger.warn(`lease not renewed, trying again: ${String(error)}`);
      this.failure = thrownError(error);
    }
  }

  private lapse(): void {
    this.losing.abort(new LeaseLapsedError(this.stream, this.parts.leaseMs, this.failure));
  }

  /** Given up after a lease time only: members come and go for a moment when the state database is slow. */
  private checkAssignment(): void {
    if (this.parts.isAssigned()) {
      this.unassignedSinceMs = undefined;
      return;
    }
    this.unassignedSinceMs ??= this.clock.now();
    if (this.clock.now() - this.unassignedSinceMs >= this.parts.leaseMs) this.handingOver.abort();
  }
}
