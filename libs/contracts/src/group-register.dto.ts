import { z } from 'zod';
import { GROUP_AUDIT_EXAMPLE, GROUP_REGISTER_RESULT_EXAMPLE, OTHER_GROUP_EXAMPLE } from './examples/group.examples.js';
import { CONTROL_OPERATIONS, DOCUMENT_OPERATIONS } from './operation.js';
import { dryRunField, operatorFields } from './operator.dto.js';

/** Shapes of the admin HTTP about the register of groups: foreign ones, retired ones, and who made them so. */

const FIRST_WORDS: readonly string[] = [...DOCUMENT_OPERATIONS, ...CONTROL_OPERATIONS, '*', '#'];
const revision = z.coerce
  .number()
  .int()
  .optional()
  .meta({ description: 'Of the registration as the caller saw it: refused where it has changed since' });

const firstWord = FIRST_WORDS.map((word) => word.replace('*', '\\*')).join('|');
const patternSchema = z
  .string()
  .max(255)
  .regex(
    new RegExp(`^(${firstWord})(\\.[^.\\s]+)*$`),
    `words with dots between them, the first an operation (${FIRST_WORDS.join(', ')}), without the bucket of the binding`,
  );

/** A stock consumer's group (`PUT groups/:name`): Sluice declares and binds nothing of it. */
export const foreignGroupSchema = z
  .strictObject({
    queues: z.array(z.string().min(1).max(255)).min(1).max(64).meta({ description: 'Without them streams hold' }),
    patterns: z.array(patternSchema).min(1).max(1_000).meta({ description: 'What its queues are bound for' }),
    ...operatorFields,
    revision,
  })
  .meta({
    id: 'ForeignGroup',
    example: { queues: ['warehouse.events'], patterns: ['insert.shop.#'], by: 'ann', reason: 'the warehouse listens' },
  });
export type ForeignGroup = z.infer<typeof foreignGroupSchema>;

export const retireGroupQuerySchema = z.strictObject({
  dryRun: dryRunField,
  ...operatorFields,
  revision,
  queues: z
    .enum(['keep', 'delete', 'discard'])
    .default('keep')
    .meta({ description: 'delete: those of an own group, if they are empty; discard: in any case' }),
});
export type RetireGroup = z.infer<typeof retireGroupQuerySchema>;

export const groupRegisterResultSchema = z
  .object({
    name: z.string(),
    isApplied: z.boolean().meta({ description: 'False for a dry run' }),
    state: z.enum(['bound', 'retired']).meta({ description: 'What it is now; with a dry run, what it would be' }),
    revision: z.int().meta({ description: 'Of the registration; after the change, unless it is a dry run' }),
    queues: z.array(
      z.object({ name: z.string(), messages: z.int(), isDeleted: z.boolean() }).meta({
        description: 'Those that were there. `isDeleted`: with a dry run, whether it would be',
      }),
    ),
    records: z.array(z.object({ collection: z.string(), count: z.int() })).meta({
      description: "Of the group in the state database, that are removed with an own group's queues, or would be",
    }),
  })
  .meta({ id: 'GroupRegisterResult', example: GROUP_REGISTER_RESULT_EXAMPLE });
export type GroupRegisterResult = z.infer<typeof groupRegisterResultSchema>;

/** A group that another app serves, or nobody. */
export const otherGroupSchema = z
  .object({
    name: z.string(),
    kind: z.enum(['own', 'foreign']),
    state: z.enum(['joining', 'bound', 'retired']),
    patterns: z.array(z.string()),
    queues: z.array(z.string()),
    members: z.int().meta({ description: 'As registered: whoever was killed is among them for five minutes' }),
    memberSeenAt: z.iso.datetime().nullable().meta({ description: 'Last heartbeat of any member' }),
    revision: z.int(),
  })
  .meta({ id: 'OtherGroup', example: OTHER_GROUP_EXAMPLE });
export type OtherGroup = z.infer<typeof otherGroupSchema>;

/** What operators ask of a group, and the audit trail keeps. */
export const GROUP_REQUESTS = [
  'register',
  'retire',
  'retire and delete queues',
  'retire and discard queues',
  'change partitions',
  'pause',
  'resume',
  'reset',
] as const;
export type GroupRequest = (typeof GROUP_REQUESTS)[number];

const resetRangeSchema = z.object({ stream: z.string(), from: z.string(), to: z.string().nullable() });
export type ResetRange = z.infer<typeof resetRangeSchema>;

const auditedGroupSchema = z.object({
  state: z.string(),
  patterns: z.array(z.string()),
  queues: z.array(z.string()),
  partitions: z.int().meta({ description: 'After a change of them: as they will be when it is done' }),
  paused: z.boolean(),
});

export const groupAuditSchema = z
  .object({
    changes: z
      .array(
        z.object({
          number: z.int(),
          at: z.iso.datetime(),
          by: z.string().nullable(),
          reason: z.string().nullable(),
          request: z.enum(GROUP_REQUESTS),
          range: resetRangeSchema.nullable().meta({ description: 'Of a reset: what was to be handled again' }),
          before: auditedGroupSchema.extend({ state: z.string().nullable(), partitions: z.int().nullable() }),
          after: auditedGroupSchema,
        }),
      )
      .meta({ description: 'Newest first; the latest 200' }),
  })
  .meta({ id: 'GroupAudit', example: GROUP_AUDIT_EXAMPLE });
export type GroupAudit = z.infer<typeof groupAuditSchema>;
