import { withoutPassword } from '@sluice/observability';
import { z } from 'zod';
import type { SettingsFault } from './settings.error.js';

/** Names of settings whose values never appear in a message. */
const SECRET = /token|password|secret/i;

/** Turns zod's issues into faults: every one with its path, what was found and what is allowed. */
export function faultsOf(
  error: z.ZodError,
  input: unknown,
  pathOf: (path: readonly PropertyKey[]) => string,
): SettingsFault[] {
  return error.issues.flatMap((issue): SettingsFault[] => {
    if (issue.code === 'invalid_union' && issue.message === NO_WORDS) return nearestBranch(issue, input, pathOf);
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: pathOf([...issue.path, key]),
        found: 'an unknown key',
        allowed: issue.message.startsWith('Unrecognized') ? 'only the keys of the schema' : issue.message,
      }));
    }
    return [{ path: pathOf(issue.path), found: show(issue.path, valueAt(input, issue.path)), allowed: issue.message }];
  });
}

/** Zod's own words for a union that says nothing of its own. */
const NO_WORDS = 'Invalid input';

/** Of what could have been meant: the one that least is missing of, told as if it had been asked for alone. */
function nearestBranch(
  { errors, path }: z.core.$ZodIssueInvalidUnion,
  input: unknown,
  pathOf: (path: readonly PropertyKey[]) => string,
): SettingsFault[] {
  const [nearest = []] = [...errors].sort((a, b) => a.length - b.length);
  const issues = nearest.map((issue) => ({ ...issue, path: [...path, ...issue.path] }));
  return faultsOf(new z.ZodError(issues), input, pathOf);
}

/** `streams[0].operations[1]` */
export function dottedPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, part) =>
      typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`,
    '',
  );
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    input,
  );
}

function show(path: readonly PropertyKey[], value: unknown): string {
  if (value === undefined) return 'nothing';
  if (path.some((part) => SECRET.test(String(part)))) return 'a value (not shown)';
  return withoutPassword(JSON.stringify(value)).slice(0, 200);
}
