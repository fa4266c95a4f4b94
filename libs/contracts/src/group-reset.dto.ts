import { z } from 'zod';
import { GROUP_RESET_EXAMPLE, GROUP_RESET_RESULT_EXAMPLE } from './examples/group.examples.js';
import { operatorFields } from './operator.dto.js';

/** Shapes of the admin HTTP about what a group has handled: opening it again, and looking an event up in it. */

const POSITION_KEY = /^\d{10}\.\d{10}\.\d{6}\.\d{8}$/;
const placeAllowed = 'a time (ISO 8601) or a position as GET streams shows it';
const placeSchema = z.union([z.iso.datetime({ offset: true }), z.string().regex(POSITION_KEY)], placeAllowed);

export const groupResetSchema = z
  .strictObject({
    stream: z.string('the name of a stream').regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, - and _, at most 64'),
    from: placeSchema.meta({ description: 'The first change that is to be handled again, by its time or position' }),
    to: placeSchema.optional().meta({
      description: 'The first change behind them; left out: all since `from`. What is behind it stays handled',
    }),
    ...operatorFields,
  })
  .meta({ id: 'GroupReset', example: GROUP_RESET_EXAMPLE });
export type GroupReset = z.infer<typeof groupResetSchema>;

export const groupResetResultSchema = z
  .object({
    name: z.string(),
    isApplied: z.boolean().meta({ description: 'False for a dry run' }),
    stream: z.string(),
    from: z.string().meta({ description: 'A position' }),
    to: z.string().nullable(),
    inboxEntries: z.int().meta({ description: 'Events of a handler that it takes again, or would' }),
    fences: z.int().meta({ description: 'Documents whose version is set back below `from`, or would be' }),
    controlEvents: z
      .int()
      .meta({ description: 'Drops, renames, gaps and the like whose handlers run again, or would' }),
    revision: z.int().meta({ description: 'Of the registration; after the change, unless it is a dry run' }),
  })
  .meta({ id: 'GroupResetResult', example: GROUP_RESET_RESULT_EXAMPLE });
export type GroupResetResult = z.infer<typeof groupResetResultSchema>;
