import type { z } from 'zod';
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

/** A URI in a message must not carry its password. */
export function withoutPassword(text: string): string {
  return text.replace(/(\w+:\/\/[^:@/\s"]*):[^@/\s"]+@/g, '$1:***@');
}
