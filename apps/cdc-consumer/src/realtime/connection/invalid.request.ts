import { plainWords } from '@sluice/platform';
import type { z } from 'zod';
import { RealtimeRequestError } from './realtime.errors.js';

/** So much of what was not understood is said back. */
const MAX_SAID = 3;
/** A document of MongoDB has no more. Checking a value goes as deep as it does, and would run out of stack. */
const MAX_LEVELS = 100;

/** What a client sent, as its schema has it. @throws RealtimeRequestError that says what is allowed */
export function understood<S extends z.ZodType>(schema: S, sent: unknown): z.infer<S> {
  if (isDeeperThan(MAX_LEVELS, sent)) {
    const message = `found more than ${MAX_LEVELS} levels of objects and arrays; allowed: ${MAX_LEVELS}, as in a document`;
    throw new RealtimeRequestError('SLUICE-REALTIME-MESSAGE-INVALID', message);
  }
  const parsed = schema.safeParse(sent, { error: plainWords });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, MAX_SAID).map(({ path, message }) => {
    return `${path.map(String).join('.') || 'the message'}: allowed: ${message}`;
  });
  throw new RealtimeRequestError('SLUICE-REALTIME-MESSAGE-INVALID', faults.join('. '));
}

function isDeeperThan(levels: number, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeperThan(levels - 1, each));
}
