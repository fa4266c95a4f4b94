import { Inject, Injectable, Logger } from '@nestjs/common';
import { matchesPattern, patternOf, type ChangeEvent } from '@sluice/contracts';
import { eventIdentity } from '@sluice/handlers';
import { GroupMembership } from '../group/group.membership.js';
import { untilStored } from '../state/until-stored.js';

/**
 * Events that no handler of this replica asks for. Most are explained: a control event, or one of a pattern that the
 * group has given up. Another may belong to a handler of a newer deployment, so the registration is looked at before it
 * is acknowledged: an outdated replica leaves it to those who have the handler. Without the state database nobody can
 * tell, and the event waits: its handler would never hear of it.
 */
@Injectable()
export class UnmatchedEvents {
  private readonly logger = new Logger(UnmatchedEvents.name);
  private last: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(
    @Inject(GroupMembership)
    private readonly membership: Pick<GroupMembership, 'patterns' | 'current' | 'currentConsumption' | 'look'>,
  ) {}

  /** Whether this replica may acknowledge it. Rejects when `signal` fires before anybody can tell. */
  async areOurs(event: ChangeEvent, signal: AbortSignal): Promise<boolean> {
    const name = patternOf(event);
    const explained = [...this.membership.patterns(), ...(this.membership.current?.retired ?? [])];
    if (explained.some((pattern) => matchesPattern(pattern, name))) return true;
    const { logger } = this;
    const about = eventIdentity(event);
    await untilStored(`tell whose ${name} is`, { signal, logger, about }, () => this.look());
    return this.membership.currentConsumption !== 'outdated';
  }

  /** A look that has begun may have missed what brought the event: whoever comes meanwhile shares the next one. */
  private look(): Promise<void> {
    this.next ??= this.last.then(() => {
      this.next = undefined;
      const looked = this.membership.look().then(() => undefined);
      this.last = looked.catch(() => undefined); // those who wait for it hear of it
      return looked;
    });
    return this.next;
  }
}
