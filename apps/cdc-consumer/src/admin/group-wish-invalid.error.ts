import type { z } from 'zod';

/** The body does not say what a group should become. */
export class GroupWishInvalidError extends Error {
  readonly code = 'SLUICE-GROUP-WISH-INVALID';
  readonly httpStatus = 400;

  constructor({ issues }: z.ZodError) {
    const faults = issues.map(({ path, message }) => `${path.join('.') || 'the body'}: ${message}`);
    super(
      `${faults.join('; ')}. Allowed is { "partitions": 1 to 64 }, or { "queues", "patterns", "by", "reason" } ` +
        'of a foreign group; and "revision" as GET groups shows it',
    );
    this.name = 'GroupWishInvalidError';
  }
}
