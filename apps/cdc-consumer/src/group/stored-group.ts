import { groupRegistrationSchema } from '@sluice/contracts';
import { z } from 'zod';

/** A group's registration, with what only its consumers read. */
export const storedGroupSchema = groupRegistrationSchema.extend({
  /** Patterns that were replaced and may still be bound. Kept until unbound, so that a crash in between leaves none. */
  retired: z.array(z.string()).default([]),
  /** An operator's wish; holds for every replica, and over restarts. */
  paused: z.boolean().default(false),
});
export type StoredGroup = z.infer<typeof storedGroupSchema>;

/** What changes by compare-and-set on the revision. */
export type GroupChange = Partial<
  Pick<StoredGroup, 'state' | 'patterns' | 'partitions' | 'generation' | 'queues' | 'retired'>
>;

/** A group's first registration. */
export type NewGroup = Pick<StoredGroup, 'patterns' | 'partitions' | 'generation' | 'queues'>;
