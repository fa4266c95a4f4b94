import { Injectable, Logger } from '@nestjs/common';
import type { Assignment } from '@sluice/contracts';
import type { PartitionQueue } from '@sluice/messaging';
import { GroupMembership } from './group.membership.js';
import { partitionOwners, shareOf } from './share.plan.js';
import type { StoredGroup } from './stored-group.js';

/**
 * This replica's share of the group's partitions. All replicas compute the same from the members in the state database;
 * while they know different things for a moment, the broker's single active consumer keeps one of them waiting.
 */
@Injectable()
export class GroupShare {
  private readonly logger = new Logger(GroupShare.name);
  private readonly listeners = new Set<(queues: readonly PartitionQueue[]) => void>();
  private owned: Assignment<number> = new Map();
  private told: string | undefined;

  constructor(private readonly membership: GroupMembership) {
    membership.onSeen((group) => this.follow(group));
  }

  /** Which member each partition belongs to, as this replica sees it. */
  get owners(): Assignment<number> {
    return this.owned;
  }

  /** Told at each change which queues this replica has. */
  onChange(listener: (queues: readonly PartitionQueue[]) => void): void {
    this.listeners.add(listener);
  }

  private follow(group: StoredGroup): void {
    this.owned = partitionOwners(group, this.membership.roll.alive);
    const share = shareOf(group, this.owned, this.membership.memberId);
    const names = share.map(({ queue }) => queue).join(' ');
    if (names === this.told) return;
    this.told = names;
    const which = share.map(({ partition }) => partition).join(', ') || 'none';
    this.logger.log(`partitions of this replica: ${which} (of ${group.queues.length})`);
    for (const listener of this.listeners) listener(share);
  }
}
