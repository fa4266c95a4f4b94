import { positionTargetSchema, type PositionTarget } from '@sluice/contracts';
import { usageError } from '../cli.error.js';

const TOKEN = /\\?["']?_data\\?["']?\s*:\s*\\?["']([^"'\\\s]+)\\?["']/g;
const BARE_TOKEN = /^[0-9A-Fa-f]{32,}$/;
const ALLOWED = [
  'now, a time (2026-03-02T10:14:07Z), or a resume token: {"_data": "..."}, its text alone,',
  'or the line of the log that holds it; - reads it from standard input',
];

/**
 * Where a position is to be set to. A resume token is found in whatever is around it, so that the producer's log line of
 * a checkpoint can be given as it stands. @throws CliError where there is none, or more than one
 */
export function positionTarget(text: string): PositionTarget {
  const given = text.trim();
  const tokens = new Set(BARE_TOKEN.test(given) ? [given] : [...given.matchAll(TOKEN)].map(([, data]) => data));
  if (tokens.size > 1)
    throw usageError(
      `there are ${tokens.size} resume tokens in what is given, and one is wanted`,
      'give one line of the log',
    );
  const [data] = tokens;
  const target = positionTargetSchema.safeParse(data === undefined ? given : { _data: data });
  if (!target.success) throw usageError(`"${shortened(given)}" is no position`, ...ALLOWED);
  return target.data;
}

function shortened(text: string): string {
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
