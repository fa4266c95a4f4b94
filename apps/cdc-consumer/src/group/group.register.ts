import type { GroupRequest, Repartition, ResetRange } from '@sluice/contracts';
import type { StoredGroup } from './stored-group.js';

/** Who changes the register, and why; null where nobody said so. */
export interface Operator {
  readonly by: string | null;
  readonly reason: string | null;
}

/** What an operator makes of a registration. */
export type RegisterChange =
  | { readonly request: 'register'; readonly queues: readonly string[]; readonly patterns: readonly string[] }
  | { readonly request: 'retire' | 'retire and delete queues' | 'retire and discard queues' }
  | { readonly request: 'change partitions'; readonly next: Repartition }
  | { readonly request: 'pause' | 'resume' }
  | { readonly request: 'reset'; readonly range: ResetRange };

/** What a line of the audit trail keeps of a registration. */
export type AuditedGroup<State = StoredGroup['state']> = {
  readonly state: State;
} & Pick<StoredGroup, 'patterns' | 'queues' | 'partitions' | 'paused'>;

/** One change in the audit trail. */
export interface GroupAuditLine extends Operator {
  /** Counts the group's changes, from 1. */
  readonly number: number;
  /** The server's time. */
  readonly at: Date;
  readonly request: GroupRequest;
  /** Of a reset; null or missing for whatever else. */
  readonly range?: ResetRange | null;
  readonly before: Omit<AuditedGroup<StoredGroup['state'] | null>, 'partitions'> & {
    readonly partitions: number | null;
  };
  readonly after: AuditedGroup;
}

/** The registrations of all groups, as operators look at them and change them. */
export abstract class GroupRegister {
  abstract find(name: string): Promise<StoredGroup | undefined>;
  abstract list(): Promise<StoredGroup[]>;

  /**
   * Changes what was seen (`undefined`: nothing), with its audit line in the same write. `undefined`: it has changed
   * since; or, for a group that is registered or retired, a member has been heard of.
   */
  abstract change(
    name: string,
    seen: StoredGroup | undefined,
    change: RegisterChange,
    by: Operator,
  ): Promise<StoredGroup | undefined>;

  /** Newest first. */
  abstract history(name: string): Promise<GroupAuditLine[]>;
}
