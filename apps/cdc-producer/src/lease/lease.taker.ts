import { Injectable } from '@nestjs/common';
import { thrownError } from '@sluice/contracts';
import { Backoff } from '../change-stream/backoff.plan.js';
import { ProducerSettings } from '../config/producer.settings.js';
import { HeldLease } from './held.lease.js';
import { holderInTheWay } from './lease.policy.js';
import { LeaseStore, type LeaseTerms } from './lease.js';
import { Membership } from './membership.js';
import { ProducerIdentity } from './producer.identity.js';

/** Why a stream is not ours to take at the moment. */
export interface Waiting {
  readonly reason: string;
  readonly terms: LeaseTerms | undefined;
}

/** How the taker tells that it waits. */
export interface TakerListener {
  waiting(waiting: Waiting): void;
  /** The state database cannot be asked. */
  unanswered(error: Error): void;
}

const LOOK_MS = 500;

/** Takes leases: only of streams that are assigned to this producer, and only when nobody holds them. */
@Injectable()
export class LeaseTaker {
  private readonly leaseMs: number;

  constructor(
    private readonly store: LeaseStore,
    private readonly membership: Membership,
    private readonly identity: ProducerIdentity,
    { environment }: ProducerSettings,
  ) {
    this.leaseMs = environment.LEASE_MS;
  }

  /** Waits until the stream is ours to take, and takes it; undefined where the signal came first. */
  async take(stream: string, listener: TakerListener, signal: AbortSignal): Promise<HeldLease | undefined> {
    const backoff = new Backoff();
    while (!signal.aborted) {
      try {
        const found = await this.attempt(stream);
        if (found instanceof HeldLease) return found;
        if (found !== undefined) listener.waiting(found);
        backoff.reset();
        await this.pause(stream, signal);
      } catch (error) {
        listener.unanswered(thrownError(error));
        await backoff.wait(signal);
      }
    }
    return undefined;
  }

  /** Undefined: it is not known yet whose the stream is, or another attempt may succeed. */
  private async attempt(stream: string): Promise<HeldLease | Waiting | undefined> {
    const owner = this.membership.ownerOf(stream);
    if (owner !== this.identity.id) return this.notOurs(stream, owner);
    const seen = await this.store.look(stream);
    if (seen.isPaused) return undefined; // whoever follows the stream's control tells it
    const terms = holderInTheWay(seen, this.identity.id, (process) => this.identity.isGone(process));
    if (terms !== undefined) return { terms, reason: heldBy(terms) };
    const sentAtMs = performance.now();
    const granted = await this.store.take(seen, this.identity, this.leaseMs);
    if (granted === undefined) return undefined;
    const { store, leaseMs, membership } = this;
    return new HeldLease(stream, { store, leaseMs, isAssigned: () => membership.isOurs(stream) }, granted, sentAtMs);
  }

  /** Reads only: with many streams and producers, stamping them all would be a load of writes for nothing. */
  private async notOurs(stream: string, owner: string | undefined): Promise<Waiting | undefined> {
    const lease = await this.store.read(stream);
    if (owner === undefined) return undefined;
    if (lease === undefined || lease.holder === null || lease.until === null) {
      return { terms: undefined, reason: `assigned to ${owner}, which has not taken it yet` };
    }
    const terms = { holder: lease.holder, until: lease.until };
    return { terms, reason: terms.holder === owner ? heldBy(terms) : `${heldBy(terms)}, then assigned to ${owner}` };
  }

  private pause(stream: string, signal: AbortSignal): Promise<void> {
    const { beaten } = this.membership;
    if (!this.membership.isOurs(stream)) return beaten.wait(signal);
    return beaten.wait(signal, Math.min(LOOK_MS, this.leaseMs / 3));
  }
}

function heldBy({ holder, until }: LeaseTerms): string {
  return `held by ${holder} until ${until.toISOString()}`;
}
