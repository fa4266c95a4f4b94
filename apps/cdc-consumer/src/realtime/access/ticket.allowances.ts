import { Inject, Injectable } from '@nestjs/common';
import type { Caller } from '@sluice/platform';
import { Allowance } from '../limits/allowance.js';
import { RealtimeLimits } from '../limits/realtime.limits.js';
import { TicketsThrottledError } from './tickets-throttled.error.js';
import { NOBODY, ownerOf } from './token-owner.js';

/** As long as a ticket counts: whoever uses each at once can fill every place that the token has. */
const SECONDS = 30;
/** Beyond it whoever asked longest ago is forgotten: an identity provider has more subjects than we memory. */
const MAX_OWNERS = 10_000;

/** How many tickets each token may ask this replica for: each one is a write to the state database. */
@Injectable()
export class TicketAllowances {
  private readonly allowances = new Map<string, Allowance>();

  constructor(@Inject(RealtimeLimits) private readonly limits: Pick<RealtimeLimits, 'maxConnectionsPerToken'>) {}

  get owners(): number {
    return this.allowances.size;
  }

  /** @throws TicketsThrottledError */
  take(caller: Caller, nowMs: number): void {
    const owner = ownerOf(caller);
    if (owner === NOBODY) return;
    const { maxConnectionsPerToken: burst } = this.limits;
    const allowance = this.allowances.get(owner) ?? new Allowance({ burst, perSecond: burst / SECONDS }, nowMs);
    this.remember(owner, allowance);
    const waitMs = allowance.take(nowMs);
    if (waitMs > 0) throw new TicketsThrottledError(burst, SECONDS, waitMs);
  }

  private remember(owner: string, allowance: Allowance): void {
    this.allowances.delete(owner); // to the end of the order
    this.allowances.set(owner, allowance);
    const oldest = this.allowances.keys().next();
    if (this.allowances.size > MAX_OWNERS && oldest.done !== true) this.allowances.delete(oldest.value);
  }
}
