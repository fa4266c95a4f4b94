import { z } from 'zod';
import {
  POSITION_AUDIT_EXAMPLE,
  POSITION_CHANGE_EXAMPLE,
  STREAM_POSITION_EXAMPLE,
} from './examples/stream.examples.js';
import { dryRunField as dryRun, operatorFields } from './operator.dto.js';

/** Shapes of the admin HTTP about positions: looking at one, moving it, and who has moved it. */

const place = {
  epoch: z.int().meta({ description: 'Goes up with each taking of the stream and each change by an operator' }),
  generation: z.int().meta({ description: 'Goes up when the numbering of events begins anew; survives a deletion' }),
  last: z.string().nullable().meta({ description: 'Position of the last confirmed event' }),
  clusterTime: z.iso.datetime().nullable().meta({ description: 'Its time' }),
  readTo: z.iso
    .datetime()
    .nullable()
    .meta({ description: 'The time up to which everything has been read; null where it is not known' }),
  resumeToken: z.record(z.string(), z.unknown()).nullable().meta({ description: 'Reading goes on behind it' }),
};

export const streamPositionSchema = z
  .object({
    stream: z.string(),
    ...place,
    savedAt: z.iso
      .datetime()
      .nullable()
      .meta({ description: 'Null: nothing is saved, the stream begins at `startAt`' }),
    isPaused: z.boolean(),
    pipelineChanged: z
      .boolean()
      .meta({ description: 'The token belongs to another pipeline: the stream opens at the time, one generation on' }),
  })
  .meta({ id: 'StreamPosition', example: STREAM_POSITION_EXAMPLE });
export type StreamPosition = z.infer<typeof streamPositionSchema>;

const targetAllowed = '"now", a time (ISO 8601) or a resume token ({ "_data": "…" })';

export const positionTargetSchema = z.union(
  [
    z.literal('now'),
    z.iso.datetime({ offset: true, error: targetAllowed }),
    z.strictObject({ _data: z.string().min(1).max(16_384) }),
  ],
  targetAllowed,
);
export type PositionTarget = z.infer<typeof positionTargetSchema>;

const { by, reason } = operatorFields;

export const setPositionSchema = z
  .strictObject({ to: positionTargetSchema, by, reason })
  .meta({ id: 'SetPosition', example: { to: '2026-03-02T10:14:07Z', by: 'ann', reason: 'orders of that hour again' } });
export type SetPosition = z.infer<typeof setPositionSchema>;

export const deletePositionQuerySchema = z.strictObject({ dryRun, by, reason });

export const positionEffectSchema = z
  .object({
    kind: z.enum(['none', 'skips', 'repeats', 'unknown']),
    from: z.iso.datetime().nullable(),
    to: z.iso.datetime().nullable(),
  })
  .meta({ id: 'PositionEffect', description: 'Which changes never come, or come again: those between the two times' });
export type PositionEffect = z.infer<typeof positionEffectSchema>;

/** How far a dry run counts. */
export const MOST_COUNTED_EVENTS = 10_000;

const countedSchema = z.object({
  events: z.int(),
  isComplete: z
    .boolean()
    .meta({ description: `False: there are more; counting ends at ${MOST_COUNTED_EVENTS}, or after seconds` }),
});
export type CountedEvents = z.infer<typeof countedSchema>;

export const positionForecastSchema = z
  .object({
    changes: countedSchema
      .nullable()
      .meta({ description: 'Of `effect`: that come again, or never come. Null: not known' }),
    groups: z
      .array(
        countedSchema.partial().extend({
          name: z.string(),
          notCounted: z.array(z.string()).optional().meta({
            description:
              'Handlers whose `once` names a connection: their inbox is not in the state database, and what they would pass over comes on top. Missing: consumers of an earlier version do not say',
          }),
        }),
      )
      .nullable()
      .meta({
        description:
          'What of it handlers with `once` would pass over as handled, by group, as the state database knows; without a count where it does not answer in time. Null: not known which groups there are, or what is repeated; none are passed over where changes are skipped',
      }),
  })
  .meta({ id: 'PositionForecast' });
export type PositionForecast = z.infer<typeof positionForecastSchema>;

export const positionChangeResultSchema = z
  .object({
    isApplied: z.boolean().meta({ description: 'False for a dry run' }),
    isAccepted: z.boolean().meta({ description: 'Whether the stream could be opened there' }),
    serverSays: z.string(),
    oplogSince: z.iso.datetime().nullable().meta({ description: 'How far back the oplog goes; null where not known' }),
    oplogSays: z.string().optional().meta({ description: 'Why that is not known' }),
    effect: positionEffectSchema,
    forecast: positionForecastSchema.optional().meta({ description: 'Of a dry run' }),
    position: streamPositionSchema.meta({ description: 'As it is now; with a dry run, as it would be' }),
  })
  .meta({ id: 'PositionChangeResult', example: POSITION_CHANGE_EXAMPLE });
export type PositionChangeResult = z.infer<typeof positionChangeResultSchema>;

const auditedPositionSchema = z.object(place).meta({ id: 'AuditedPosition' });

export const positionAuditLineSchema = z
  .object({
    number: z.int(),
    at: z.iso.datetime(),
    by: z.string(),
    reason: z.string(),
    request: z.string().meta({ description: '`now`, a time, a token, or `delete`' }),
    before: auditedPositionSchema,
    after: auditedPositionSchema,
  })
  .meta({ id: 'PositionAuditLine' });
export type PositionAuditLine = z.infer<typeof positionAuditLineSchema>;

export const positionAuditPageSchema = z
  .object({
    changes: z.array(positionAuditLineSchema).meta({ description: 'Newest first' }),
    nextBefore: z.int().nullable().meta({ description: '`before` of the next page; null where there is none' }),
  })
  .meta({ id: 'PositionAuditPage', example: POSITION_AUDIT_EXAMPLE });
export type PositionAuditPage = z.infer<typeof positionAuditPageSchema>;

export const positionHistoryQuerySchema = z.strictObject({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z.coerce.number().int().min(1).max(999_999_999).optional().meta({ description: 'Only lower numbers' }),
});
export type PositionHistoryQuery = z.infer<typeof positionHistoryQuerySchema>;

const KEPT = "Kept in a group's audit trail; of a stream in the log, and of a pause in the status while it lasts";

/** Who pauses, resumes or restarts a stream, and why, where they say. */
export const pauseRequestSchema = z
  .strictObject({
    by: by.meta({ description: `Who asks; a token with a name of its own says it. ${KEPT}` }),
    reason: reason.optional().meta({ description: `Why. ${KEPT}` }),
  })
  .meta({ id: 'Pause', example: { by: 'ann', reason: 'the index is built' } });
export type PauseRequest = z.infer<typeof pauseRequestSchema>;
