import { plainWords } from '@sluice/platform';
import type { z } from 'zod';
import { RealtimeRequestError } from './realtime.errors.js';

/** So much of what was not understood is said back. */
const MAX_SAID = 3;

/** What a client sent, as its schema has it. @throws RealtimeRequestError that says what is allowed */
export function understood<S extends z.ZodType>(schema: S, sent: unknown): z.infer<S> {
  const parsed = schema.safeParse(sent, { error: plainWords });
  if (parsed.success) return parsed.data;
  const faults = parsed.error.issues.slice(0, MAX_SAID).map(({ path, message }) => {
    return `${path.map(String).join('.') || 'the message'}: allowed: ${message}`;
  });
  throw new RealtimeRequestError('SLUICE-REALTIME-MESSAGE-INVALID', faults.join('. '));
}
