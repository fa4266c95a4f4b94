import type { Repartition, StreamSettlement } from '@sluice/contracts';
import type { GroupChange, MemberReport, NewGroup, StoredGroup } from './stored-group.js';

/** Where the groups' registrations are kept, for producers and consumers to see. Times are the server's. */
export abstract class GroupStore {
  abstract find(name: string): Promise<StoredGroup | undefined>;

  /** Registers a group, `joining`. `undefined`: another replica was first. */
  abstract create(name: string, group: NewGroup): Promise<StoredGroup | undefined>;

  /** Changes what stands at `revision`; a change to `joining` notes the time. `undefined`: it has changed since. */
  abstract change(name: string, revision: number, change: GroupChange): Promise<StoredGroup | undefined>;

  /** The group goes on joining: streams wait for it from now. Nothing happens where it has changed since. */
  abstract extendJoining(name: string, revision: number): Promise<void>;

  /** Says that a member is there, and removes those not seen for five minutes. `undefined`: no such group, or it is retired. */
  abstract heartbeat(name: string, member: MemberReport): Promise<StoredGroup | undefined>;

  /** The group's repartition takes its next step; `undefined`: the group has changed since `revision`. */
  abstract advance(name: string, revision: number, step: Repartition['step']): Promise<StoredGroup | undefined>;

  /** An old partition has been read to its mark. False where the repartition is not the group's, or is over. */
  abstract endPartition(name: string, repartition: string, partition: number): Promise<boolean>;

  /** What the streams say of repartitions. */
  abstract settlements(): Promise<StreamSettlement[]>;

  abstract leave(name: string, memberId: string): Promise<void>;
}
