import { z } from 'zod';

/** Who changes something over the admin HTTP, and why; the same words for everything that is audited. */
export const operatorFields = {
  by: z
    .string('who asks, 1 to 100 characters')
    .trim()
    .min(1)
    .max(100)
    .meta({ description: 'Who asks; kept in the audit trail' }),
  reason: z
    .string('why, 1 to 500 characters')
    .trim()
    .min(1)
    .max(500)
    .meta({ description: 'Why; kept in the audit trail' }),
};

/** `?dryRun=true`: only say what would happen. */
export const dryRunField = z.stringbool({ truthy: ['true'], falsy: ['false'], case: 'sensitive' }).default(false);
