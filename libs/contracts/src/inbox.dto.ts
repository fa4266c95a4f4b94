import { z } from 'zod';
import { INBOX_LOOKUP_EXAMPLE } from './examples/group.examples.js';

/** Shapes of the admin HTTP about what handlers with `once` have dealt with. */

export const inboxQuerySchema = z.strictObject({
  eventId: z.string().min(1).max(128).meta({ description: 'The `id` of a change event' }),
});
export type InboxQuery = z.infer<typeof inboxQuerySchema>;

export const inboxLookupSchema = z
  .object({
    eventId: z.string(),
    entries: z
      .array(
        z.object({
          group: z.string(),
          handler: z.string(),
          handledAt: z.iso.datetime().meta({ description: "By the clock of the inbox's server" }),
          stream: z.string().nullable().meta({ description: 'Null, as `position`, in entries of earlier versions' }),
          position: z.string().nullable(),
          connection: z.string().meta({ description: 'The connection that the entry lives on' }),
        }),
      )
      .meta({ description: 'Of every group and handler with `once` that has dealt with it and still remembers' }),
  })
  .meta({ id: 'InboxLookup', example: INBOX_LOOKUP_EXAMPLE });
export type InboxLookup = z.infer<typeof inboxLookupSchema>;
