import { z } from 'zod';
import { GROUP_CHANGE_EXAMPLE, GROUP_STATUS_EXAMPLE, OTHER_GROUP_EXAMPLE } from './examples/group.examples.js';
import { STREAM_STATUS_EXAMPLE } from './examples/stream.examples.js';
import { operatorFields } from './operator.dto.js';
import { foreignGroupSchema, groupRegisterResultSchema, otherGroupSchema } from './group-register.dto.js';

/** Shapes of the admin HTTP, shared by the apps that serve it and the programs that call it. */

export const streamStateSchema = z.enum([
  'starting',
  'waiting',
  'running',
  'paused',
  'held',
  'reconnecting',
  'failed',
  'stopped',
]);
export type StreamState = z.infer<typeof streamStateSchema>;

export const streamStatusSchema = z
  .object({
    name: z.string(),
    state: streamStateSchema,
    /** Why it is in this state and since when, where that is not plain from the state. */
    reason: z.string().optional(),
    since: z.iso.datetime(),
    scope: z.string(),
    epoch: z.int(),
    holder: z.string().nullable().meta({ description: 'The producer that holds the stream; null while nobody does' }),
    leaseUntil: z.iso
      .datetime()
      .nullable()
      .meta({ description: "Until when, by MongoDB's clock, unless it is renewed as it should be" }),
    position: z
      .object({
        last: z.string().nullable().meta({ description: 'Position of the last confirmed event' }),
        clusterTime: z.iso.datetime().nullable(),
        readTo: z.iso.datetime().nullable(),
        savedAt: z.iso.datetime().nullable(),
      })
      .meta({ description: 'Null until known' }),
    counters: z.object({
      captured: z.int(),
      capturedBytes: z.int().meta({ description: 'As MongoDB sent them' }),
      published: z.int().meta({ description: 'Handed to the broker, each time anew' }),
      publishedBytes: z.int(),
      confirmed: z.int().meta({ description: 'Taken by the broker' }),
      returned: z.int(),
      skipped: z.int(),
      resent: z.int(),
      reopened: z.int(),
      /** Times that changes were lost to the stream, and its handlers told so by a `gap` event. */
      gaps: z.int(),
      /** Published with their large part stored in the state database. */
      claimed: z.int(),
      /** Published without their large part, which is nowhere else. */
      omitted: z.int(),
      takeovers: z.int().meta({ description: 'Times that this producer took the stream' }),
      pauses: z.int(),
      confirmedByOperation: z.record(z.string(), z.int()),
    }),
    lagSeconds: z
      .number()
      .nullable()
      .meta({
        description:
          'How far what the broker has taken is behind the source; of a stream that nobody holds, by its saved position. ' +
          'Null until known, and where another holds it',
      }),
    inFlight: z.object({ events: z.int(), bytes: z.int() }),
    parked: z.int().meta({ description: 'Events put aside until a queue takes them (onUnroutable: park)' }),
    oplogHeadroomSeconds: z
      .int()
      .nullable()
      .meta({
        description:
          'Seconds of cluster time between the oldest oplog entry and the saved position: what a stream that stands still ' +
          'has left at the present pace. Null where not known: the oplog is not readable (the log says why), or nothing is saved yet',
      }),
    lastError: z.object({ code: z.string(), message: z.string(), at: z.iso.datetime() }).nullable(),
  })
  .meta({ id: 'StreamStatus', example: STREAM_STATUS_EXAMPLE });
export type StreamStatus = z.infer<typeof streamStatusSchema>;

export const streamListSchema = z
  .object({ streams: z.array(streamStatusSchema) })
  .meta({ id: 'StreamList', example: { streams: [STREAM_STATUS_EXAMPLE] } });

export const groupStatusSchema = z
  .object({
    name: z.string(),
    state: z.enum(['joining', 'bound', 'retired']),
    consuming: z
      .enum(['starting', 'running', 'paused', 'disconnected', 'stopped'])
      .meta({ description: 'What this replica does' }),
    pause: z
      .object({ since: z.iso.datetime(), by: z.string().nullable(), reason: z.string().nullable() })
      .nullable()
      .meta({ description: 'Who paused the group, and why; null where it is not paused' }),
    partitions: z.int(),
    generation: z.int(),
    revision: z.int(),
    next: z
      .object({
        partitions: z.int(),
        generation: z.int(),
        step: z.enum(['binding', 'settling', 'reading']),
        ended: z.array(z.int()),
      })
      .nullable()
      .meta({
        description: 'Another number of partitions on its way; `ended`: old partitions that are read to the end',
      }),
    patterns: z.array(z.string()),
    members: z.array(
      z.object({
        id: z.string(),
        lastSeen: z.iso.datetime(),
        partitions: z.array(z.int()).meta({ description: 'Its share, as the replica that answers sees the group' }),
      }),
    ),
    ownPartitions: z.array(z.int()).meta({ description: 'What this replica consumes, or stands by for' }),
    queues: z
      .array(
        z.object({
          name: z.string(),
          partition: z.int(),
          messages: z.int().meta({ description: 'That wait in it' }),
          consumers: z.int().meta({ description: 'Replicas that are subscribed; the broker lets one of them have it' }),
          holder: z.string().nullable().meta({
            description:
              'The replica that takes events from it; null: none has taken one yet, or the state database is away',
          }),
          oldestEventAgeSeconds: z.number().nullable().meta({
            description:
              'Age of the oldest event that has come out of it and is not dealt with, by its holder; of another replica as of its last heartbeat. Null: there is none, or nobody has the partition (`holder` is null)',
          }),
        }),
      )
      .meta({ description: 'One a partition' }),
    lostQueues: z
      .array(z.object({ queue: z.string(), times: z.int(), lastAt: z.iso.datetime() }))
      .meta({ description: 'Queues that somebody deleted, with what was in them; handlers were told by gap events' }),
    deadLetters: z
      .object({ queue: z.string(), messages: z.int().nullable() })
      .meta({ description: 'Where events wait that a handler failed on; null while the broker cannot be asked' }),
    parked: z.int().meta({
      description:
        'Documents of the group that wait for a failing handler, once a handler; while the state database is away those of the partitions that this replica owns',
    }),
    counters: z.object({
      received: z.int(),
      handled: z.int(),
      retried: z.int(),
      deadLettered: z.int(),
      unmatched: z.int(),
      fenced: z.int().meta({ description: 'Kept out: sent late, by a producer that had lost the stream' }),
      redelivered: z.int(),
    }),
    handlers: z
      .array(
        z.object({
          name: z.string(),
          patterns: z.array(z.string()),
          handled: z.int(),
          repeated: z.int(),
          failed: z.int(),
        }),
      )
      .meta({ description: 'Counted by this replica since its start; one that stays at zero may be misspelt' }),
    mirrors: z
      .array(
        z.object({
          name: z.string(),
          from: z.string().meta({ description: 'The collection that it copies' }),
          written: z
            .int()
            .meta({ description: 'Writes that changed a document; several events of one may be one write' }),
          repeated: z.int().meta({ description: 'Events that it had already' }),
          overtaken: z
            .int()
            .meta({ description: 'Events that a later change of their document had superseded: passed' }),
          belowFloor: z.int().meta({ description: 'Events of a collection that has been dropped since' }),
          unknown: z
            .int()
            .meta({ description: 'Updates of documents that it has not, and that had gone at the look-up' }),
          refused: z.int().meta({ description: 'Events that it could not apply: dead letters' }),
        }),
      )
      .meta({ description: 'The `MirrorProjection`s of this replica; counted since its start' }),
  })
  .meta({ id: 'GroupStatus', example: GROUP_STATUS_EXAMPLE });
export type GroupStatus = z.infer<typeof groupStatusSchema>;

/** What may be changed of a group (`PUT groups/:name`). */
export const groupWishSchema = z
  .strictObject({
    partitions: z.int().min(1).max(64).meta({ description: 'Number of partitions; changed while the group is read' }),
    ...operatorFields,
    revision: z
      .int()
      .optional()
      .meta({ description: 'Of the registration as the caller saw it: refused where it has changed since' }),
  })
  .meta({ id: 'GroupWish', example: { partitions: 8, by: 'ann', reason: 'four replicas from Monday on' } });
export type GroupWish = z.infer<typeof groupWishSchema>;

export const groupChangeSchema = z
  .object({
    name: z.string(),
    dryRun: z.boolean(),
    from: z.object({ partitions: z.int(), generation: z.int() }),
    to: z.object({ partitions: z.int(), generation: z.int() }),
    revision: z.int().meta({ description: 'Of the registration; after the change, unless it is a dry run' }),
    steps: z.array(z.string()).meta({ description: 'What happens, or would, in this order' }),
  })
  .meta({ id: 'GroupChange', example: GROUP_CHANGE_EXAMPLE });
export type GroupChangeStatus = z.infer<typeof groupChangeSchema>;

/** Bodies and answers of `PUT groups/:name`. */
export const groupPutSchema = z.union([groupWishSchema, foreignGroupSchema]);
export type GroupPut = z.infer<typeof groupPutSchema>;
export const groupPutResultSchema = z.union([groupChangeSchema, groupRegisterResultSchema]);

export const groupListSchema = z
  .object({
    groups: z.array(groupStatusSchema).meta({ description: 'The one that this replica serves' }),
    others: z.array(otherGroupSchema).nullable().meta({ description: 'Null while the state database is away' }),
  })
  .meta({ id: 'GroupList', example: { groups: [GROUP_STATUS_EXAMPLE], others: [OTHER_GROUP_EXAMPLE] } });
export type GroupList = z.infer<typeof groupListSchema>;

/** One thing that is wrong with a request. */
export const problemFaultSchema = z
  .object({
    field: z.string().meta({ description: 'Of the body or the query, dotted; `body` for the whole' }),
    found: z.string(),
    allowed: z.string(),
  })
  .meta({ id: 'ProblemFault' });
export type ProblemFault = z.infer<typeof problemFaultSchema>;

/** RFC 9457; `type` is stable, `code` is the error's own. */
export const problemSchema = z
  .object({
    type: z.string().meta({ description: 'A URN that stays; `urn:sluice:` and the code' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().optional(),
    instance: z.string().optional(),
    code: z.string().optional(),
    errors: z.array(problemFaultSchema).optional().meta({ description: 'Every field that is wrong' }),
  })
  .meta({
    id: 'Problem',
    example: {
      type: 'urn:sluice:sluice-request-invalid',
      title: 'Bad Request',
      status: 400,
      detail: 'reason: found nothing; allowed: why, 1 to 500 characters',
      instance: '/api/v1/streams/shop/position',
      code: 'SLUICE-REQUEST-INVALID',
      errors: [{ field: 'reason', found: 'nothing', allowed: 'why, 1 to 500 characters' }],
    },
  });
export type Problem = z.infer<typeof problemSchema>;
