import { Inject, Injectable } from '@nestjs/common';
import { matchesPattern, patternOf, type ChangeEvent } from '@sluice/contracts';
import { GroupMembership } from '../group/group.membership.js';

/**
 * Events that no handler of this replica asks for. Most are explained: a control event, or one of a pattern that the
 * group has given up. Another may belong to a handler of a newer deployment, so the registration is looked at before it
 * is acknowledged: an outdated replica leaves it to those who have the handler.
 */
@Injectable()
export class UnmatchedEvents {
  private last: Promise<void> = Promise.resolve();
  private next: Promise<void> | undefined;

  constructor(
    @Inject(GroupMembership)
    private readonly membership: Pick<GroupMembership, 'patterns' | 'current' | 'currentConsumption' | 'look'>,
  ) {}

  /** Whether this replica may acknowledge it. */
  async areOurs(event: ChangeEvent): Promise<boolean> {
    const name = patternOf(event);
    const explained = [...this.membership.patterns(), ...(this.membership.current?.retired ?? [])];
    if (explained.some((pattern) => matchesPattern(pattern, name))) return true;
    await this.look();
    return this.membership.currentConsumption !== 'outdated';
  }

  /** A look that has begun may have missed what brought the event: whoever comes meanwhile shares the next one. */
  private look(): Promise<void> {
    this.next ??= this.last.then(() => {
      this.next = undefined;
      this.last = this.membership.look().then(
        () => undefined,
        () => undefined, // without its database a replica goes on consuming as it knows the group
      );
      return this.last;
    });
    return this.next;
  }
}
