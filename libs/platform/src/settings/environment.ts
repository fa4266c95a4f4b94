import { existsSync, readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { z } from 'zod';
import { accessFaults } from '../access/access.settings.js';
import { tlsFaults } from '../tls/tls.settings.js';
import { faultsOf } from './faults.mapper.js';
import { SettingsError, type SettingsFault } from './settings.error.js';

/** Reads `.env` of the working folder, where there is one; what is set already wins. Answers the names that it gave. */
export function readDotEnv(): ReadonlySet<string> {
  if (!existsSync('.env')) return new Set();
  const given = Object.keys(parseEnv(readFileSync('.env', 'utf8'))).filter((name) => process.env[name] === undefined);
  process.loadEnvFile('.env');
  return new Set(given);
}

/** Parses the environment by a schema; an empty variable counts as not set, as compose files write it. */
export function parseEnvironment<S extends z.ZodObject>(
  schema: S,
  env: NodeJS.ProcessEnv,
): { value?: z.infer<S>; faults: SettingsFault[] } {
  const input = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''));
  const parsed = schema.safeParse(input);
  const together = [...accessFaults(input), ...tlsFaults(input)];
  if (parsed.success) return { value: parsed.data, faults: together };
  return { faults: [...faultsOf(parsed.error, input, (path) => path.map(String).join('.')), ...together] };
}

/** As `parseEnvironment`, for an app without another source of settings. */
export function loadEnvironment<S extends z.ZodObject>(schema: S, env: NodeJS.ProcessEnv): z.infer<S> {
  const { value, faults } = parseEnvironment(schema, env);
  if (value === undefined || faults.length > 0) throw new SettingsError(faults);
  return value;
}
