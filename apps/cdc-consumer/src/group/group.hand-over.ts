import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import { JOINING_LIMIT_MS } from '@sluice/contracts';
import { GroupMembership } from './group.membership.js';
import { membersToWaitFor } from './hand-over.plan.js';
import { RegistrationChangedError } from './registration-changed.error.js';
import type { StoredGroup } from './stored-group.js';

const LOOK_MS = 300;

/**
 * From replicas with older handlers to those with newer ones. The older may be the queues' active consumers: were new
 * events sent while they do not know of it, they would acknowledge them without the new handlers. So the group is not
 * bound, and streams wait, until every live member has stopped that has other patterns.
 *
 * A replica that cannot reach MongoDB goes on consuming, by design, and cannot learn of the change: after
 * `MEMBER_ALIVE_MS` it is not waited for any more. Until it is back, what it has no handler for waits with it.
 */
@Injectable()
export class GroupHandOver {
  private readonly logger = new Logger(GroupHandOver.name);

  constructor(private readonly membership: GroupMembership) {}

  /** Resolves when no other handlers are at work. @throws RegistrationChangedError */
  async whenFree(joining: StoredGroup, signal: AbortSignal): Promise<void> {
    for (let waits = false; ; waits = true) {
      const group = await this.membership.heartbeat();
      if (group?.revision !== joining.revision) throw new RegistrationChangedError(joining._id);
      const others = membersToWaitFor(group, this.membership.roll, this.membership.memberId);
      if (others.length === 0) return;
      if (!waits)
        this.logger.log(`waiting until ${others.map(({ id }) => id).join(', ')} stop: they have other handlers`);
      await this.keepJoining(group);
      await sleep(LOOK_MS, undefined, { signal });
    }
  }

  /** Streams go on without a group that joins for too long; this one is at work on it. */
  private async keepJoining(group: StoredGroup): Promise<void> {
    const joiningMs = this.membership.roll.nowMs - group.joiningSince.getTime();
    if (joiningMs > JOINING_LIMIT_MS / 3) await this.membership.extendJoining();
  }
}
