import { groupRegistrationSchema } from '@sluice/contracts';
import { z } from 'zod';

/** A group's registration, with what only its consumers read. */
export const storedGroupSchema = groupRegistrationSchema.extend({
  /** Patterns that were replaced and may still be bound. Kept until unbound, so that a crash in between leaves none. */
  retired: z.array(z.string()).default([]),
  /** An operator's wish; holds for every replica, and over restarts. */
  paused: z.boolean().default(false),
  /** Who asked for that, by the server's time; null for a pause of an older version. */
  pause: z
    .object({ since: z.date(), by: z.string().nullable(), reason: z.string().nullable() })
    .nullable()
    .default(null),
  /** Queues of an earlier generation, read to their end and not deleted yet. */
  former: z.array(z.string()).default([]),
  /** `DEPLOYMENT` of the replica that registered the patterns. */
  deployment: z.string().nullable().default(null),
});
export type StoredGroup = z.infer<typeof storedGroupSchema>;
export type GroupMember = StoredGroup['members'][number];

/** What changes by compare-and-set on the revision. */
export type GroupChange = Partial<
  Pick<
    StoredGroup,
    'state' | 'patterns' | 'partitions' | 'generation' | 'queues' | 'retired' | 'deployment' | 'next' | 'former'
  >
>;

/** A group's first registration. */
export type NewGroup = Pick<StoredGroup, 'patterns' | 'partitions' | 'generation' | 'queues' | 'deployment'>;

/** What a member says of itself with each heartbeat; times are the server's. Without `joinedAt` it joins now. */
export type MemberReport = Required<
  Omit<GroupMember, 'lastSeen' | 'joinedAt'> & Pick<StoredGroup, 'inboxElsewhere'>
> & {
  readonly joinedAt: Date | undefined;
};
