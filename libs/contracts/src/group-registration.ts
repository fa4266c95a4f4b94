import { z } from 'zod';
import { matchesPattern } from './pattern.js';
import { repartitionSchema } from './repartition.js';

/** How long after its last heartbeat a member counts as alive, unless `MEMBER_ALIVE_MS` says otherwise. */
export const DEFAULT_MEMBER_ALIVE_MS = 10_000;
/** Heartbeats in that time: two may fail before a member is taken for dead. */
export const HEARTBEATS_ALIVE = 3;
/** How long streams wait for a group that is joining, before they go on without it. */
export const JOINING_LIMIT_MS = 30_000;

/**
 * A consumer group as the state database holds it (collection `groups`): written by the consumers, read by the
 * producers, which hold back an event that a bound group wants but no queue took.
 */
export const groupRegistrationSchema = z.object({
  _id: z.string(),
  /** `foreign`: a stock consumer's; an operator registered it, and there are no members. */
  kind: z.enum(['own', 'foreign']).default('own'),
  /**
   * `joining` while queues and bindings are being made: streams wait so long, at most `JOINING_LIMIT_MS`. `retired` by an
   * operator: it counts for nothing, and its registration is kept for whoever comes back.
   */
  state: z.enum(['joining', 'bound', 'retired']),
  /** Server time at which it began to join. */
  joiningSince: z.date(),
  /** Number of partitions; what `PARTITIONS` said at the first registration. */
  partitions: z.int().min(1).max(64),
  /** Generation of the topology, part of the queues' names. */
  generation: z.int().min(1),
  patterns: z.array(z.string()),
  /** Names of its queues, for passive checks. */
  queues: z.array(z.string()),
  members: z.array(
    z.object({
      id: z.string(),
      patterns: z.array(z.string()),
      /** Server time of its first heartbeat: partitions are shared out in this order. */
      joinedAt: z.date(),
      lastSeen: z.date(),
      /** The registration's revision as this member had last seen it. */
      revision: z.int().optional(),
      /** False when it had stopped because of that revision: nothing from the queues is handled by it. */
      consuming: z.boolean().optional(),
      /** Cluster time of the oldest event that it has not dealt with, by queue: of those of its queues that have one. */
      oldest: z.array(z.object({ queue: z.string(), at: z.date() })).optional(),
    }),
  ),
  /** Server time of the last heartbeat of any member, also of those that have left. */
  memberSeenAt: z.date().nullable().default(null),
  /**
   * Handlers of the member heard of last that keep their inbox elsewhere than in the state database (`once: { connection }`);
   * missing where only members of earlier versions have been heard of.
   */
  inboxElsewhere: z.array(z.string()).optional(),
  /** Another number of partitions, on its way. */
  next: repartitionSchema.nullable().default(null),
  /** Goes up with each change: patterns and partitions change by compare-and-set on it. */
  revision: z.int().min(0),
});
export type GroupRegistration = z.infer<typeof groupRegistrationSchema>;

export const GROUPS_COLLECTION = 'groups';

/** The queues without which events of the group would be lost: those that are, or may be, all that takes them. */
export function neededQueues({ queues, next }: Pick<GroupRegistration, 'queues' | 'next'>): string[] {
  if (next === null || next.step === 'binding') return queues;
  return next.step === 'settling' ? [...queues, ...next.queues] : next.queues;
}

/** Whether a group asked for events with this pattern (`patternOf`). */
export function groupWants(group: Pick<GroupRegistration, 'patterns'>, eventPattern: string): boolean {
  return group.patterns.some((pattern) => matchesPattern(pattern, eventPattern));
}
