import { Injectable } from '@nestjs/common';
import type { Asked, GroupChangeStatus, GroupWish } from '@sluice/contracts';
import { GroupMembership } from '../group/group.membership.js';
import { GroupRepartition } from '../group/group.repartition.js';
import { RegistrationChangedError } from '../group/registration-changed.error.js';
import type { StoredGroup } from '../group/stored-group.js';
import { GroupChangeRefusedError } from './group-change-refused.error.js';
import { GroupNotFoundError } from './group-not-found.error.js';
import { GroupUnavailableError } from './group-unavailable.error.js';

/** Changes of a group's registration that an operator asks for. */
@Injectable()
export class GroupChangeService {
  constructor(
    private readonly membership: GroupMembership,
    private readonly repartition: GroupRepartition,
  ) {}

  /**
   * Begins to change the number of partitions; the group is read meanwhile. `dryRun`: only says what would happen.
   * @throws GroupNotFoundError, GroupChangeRefusedError, GroupUnavailableError
   */
  async change(name: string, wish: Asked<GroupWish>, dryRun: boolean): Promise<GroupChangeStatus> {
    if (name !== this.membership.name) throw new GroupNotFoundError(name, this.membership.name);
    const group = await this.read();
    refuseWhereImpossible(group, wish);
    const planned = { name, dryRun, ...plan(group, wish.partitions) };
    if (dryRun) return { ...planned, revision: group.revision };
    const { revision } = await this.begin(group, wish);
    return { ...planned, revision };
  }

  private async read(): Promise<StoredGroup> {
    try {
      await this.membership.look();
    } catch (cause) {
      throw new GroupUnavailableError(this.membership.name, String(cause), { cause });
    }
    const group = this.membership.current;
    if (group === undefined) throw new GroupUnavailableError(this.membership.name, 'it is not registered yet');
    return group;
  }

  private async begin(group: StoredGroup, { partitions, by, reason }: Asked<GroupWish>): Promise<StoredGroup> {
    try {
      return await this.repartition.begin(group, partitions, { by, reason });
    } catch (cause) {
      if (cause instanceof RegistrationChangedError) throw new GroupChangeRefusedError(group._id, cause.message);
      throw new GroupUnavailableError(group._id, String(cause), { cause });
    }
  }
}

function refuseWhereImpossible(group: StoredGroup, { partitions, revision }: GroupWish): void {
  const refuse = (why: string) => new GroupChangeRefusedError(group._id, why);
  if (revision !== undefined && revision !== group.revision)
    throw refuse(`its registration has revision ${group.revision} by now, and not ${revision}`);
  if (group.state !== 'bound') throw refuse('it is joining; try again when it is bound');
  if (group.next !== null || group.former.length > 0)
    throw refuse('its number of partitions is being changed already; GET groups shows how far that is');
  if (group.partitions === partitions) throw refuse(`it has ${partitions} partitions already`);
}

function plan({ partitions, generation }: StoredGroup, wanted: number) {
  return {
    from: { partitions, generation },
    to: { partitions: wanted, generation: generation + 1 },
    steps: [
      `${wanted} new queues are declared and bound beside the ${partitions} old ones; events come to both`,
      'every running stream says that all it had sent before is confirmed; none of them waits',
      'a mark is put into each old queue, and the old queues are unbound',
      'the old queues are read to their marks: the new ones are read only then, so that no document is reordered',
      'the old queues are deleted; what both got since the first step is handled twice by plain handlers, in order',
    ],
  };
}
