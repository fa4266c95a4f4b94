import { Injectable } from '@nestjs/common';
import type { Subscription } from '@sluice/contracts';
import { AdminAccess, type Caller } from '@sluice/platform';
import { SubscriptionQuery } from '../subscription/subscription.query.js';
import { GrantBook } from './grant.book.js';
import { permitOf } from './permit.js';

/** What a caller may subscribe to, now and after tokens or grants have changed. */
@Injectable()
export class RealtimeAccess {
  constructor(
    private readonly access: AdminAccess,
    private readonly grants: GrantBook,
  ) {}

  /** @throws RealtimeRequestError */
  permit(caller: Caller, asked: Subscription): SubscriptionQuery {
    const grants = this.grants.grantsOf(caller);
    return SubscriptionQuery.of(asked, (subscription, terms) => permitOf(grants, subscription, terms));
  }

  /** The same subscription by what counts now. @throws RealtimeRequestError */
  permitAgain(caller: Caller, query: SubscriptionQuery): SubscriptionQuery {
    const grants = this.grants.grantsOf(caller);
    return query.under((subscription, terms) => permitOf(grants, subscription, terms));
  }

  stillCounts(caller: Caller): boolean {
    return this.access.stillCounts(caller);
  }

  whenChanged(listener: () => void): void {
    this.access.whenTokensChange(listener);
    this.grants.whenChanged(listener);
  }
}
