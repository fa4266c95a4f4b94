import { z } from 'zod';

/** Who changes something over the admin HTTP, and why; the same words for everything that is audited. */
export const operatorFields = {
  by: z.string('who asks, 1 to 100 characters').trim().min(1).max(100).optional().meta({
    description: 'Who asks; kept in the audit trail. A token with a name of its own says it; otherwise it is required',
  }),
  reason: z
    .string('why, 1 to 500 characters')
    .trim()
    .min(1)
    .max(500)
    .meta({ description: 'Why; kept in the audit trail' }),
};

/** A request of which it is known who asks. */
export type Asked<Wish extends { readonly by?: string | undefined }> = Omit<Wish, 'by'> & { readonly by: string };

/** `?dryRun=true`: only say what would happen. Its `type` is what zod cannot know of a text that means a boolean. */
export const dryRunField = z
  .stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive', error: 'true or false' })
  .default(false)
  .meta({ type: 'boolean', description: 'Only say what would happen' });

/** The query of a call that has nothing else in it. */
export const dryRunQuerySchema = z.strictObject({ dryRun: dryRunField });
export type DryRunQuery = z.infer<typeof dryRunQuerySchema>;
