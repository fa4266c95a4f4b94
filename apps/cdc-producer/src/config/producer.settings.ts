import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import {
  commonEnvironment,
  dottedPath,
  faultsOf,
  parseEnvironment,
  portSetting,
  SettingsError,
  type SettingsFault,
} from '@sluice/platform';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import { z } from 'zod';
import { overlapsOf } from '../filter/overlap.policy.js';
import { streamsFileSchema, type StreamSettings } from './streams-file.schema.js';

export const producerEnvironmentSchema = z.object({
  ...commonEnvironment,
  PRODUCER_HTTP_PORT: portSetting(3000),
  SLUICE_CONFIG: z.string().min(1).default('sluice.yaml'),
});
export type ProducerEnvironment = z.infer<typeof producerEnvironmentSchema>;

/** Everything that cdc-producer is told: the environment and the streams' file. */
export class ProducerSettings {
  constructor(
    readonly environment: ProducerEnvironment,
    readonly streams: readonly StreamSettings[],
  ) {}
}

/** @throws SettingsError with every fault of both sources at once. */
export function loadProducerSettings(env: NodeJS.ProcessEnv): ProducerSettings {
  const environment = parseEnvironment(producerEnvironmentSchema, env);
  const file = env['SLUICE_CONFIG'] || 'sluice.yaml';
  const streams = readStreams(file, environment.value?.SLUICE_STATE_DB ?? 'sluice');
  const faults = [...environment.faults, ...streams.faults];
  if (environment.value === undefined || streams.value === undefined || faults.length > 0)
    throw new SettingsError(faults);
  return new ProducerSettings(environment.value, streams.value);
}

interface Streams {
  readonly value?: readonly StreamSettings[];
  readonly faults: readonly SettingsFault[];
}

function readStreams(file: string, stateDb: string): Streams {
  const content = readFile(file);
  if ('fault' in content) return { faults: [content.fault] };
  const parsed = streamsFileSchema.safeParse(content.value);
  const where = (path: readonly PropertyKey[]) => `${file}: ${dottedPath(path) || 'the file'}`;
  if (!parsed.success) return { faults: faultsOf(parsed.error, content.value, where) };
  const { streams } = parsed.data;
  return {
    value: streams,
    faults: [...duplicateNames(file, streams), ...overlaps(file, streams), ...stateScopes(file, streams, stateDb)],
  };
}

function readFile(file: string): { value: unknown } | { fault: SettingsFault } {
  const fault = (found: string) => ({
    fault: {
      path: file,
      found,
      allowed: 'a YAML or JSON file of streams; SLUICE_CONFIG says where it is (see sluice.example.yaml)',
    },
  });
  try {
    const text = readFileSync(file, 'utf8');
    return { value: extname(file) === '.json' ? (JSON.parse(text) as unknown) : (parseYaml(text) as unknown) };
  } catch (error) {
    if (error instanceof YAMLParseError || error instanceof SyntaxError)
      return fault(error.message.split('\n')[0] ?? 'a file that cannot be read');
    if (error instanceof Error && 'code' in error)
      return fault(error.code === 'ENOENT' ? 'no such file' : error.message);
    throw error;
  }
}

function duplicateNames(file: string, streams: readonly StreamSettings[]): SettingsFault[] {
  return streams.flatMap(({ name }, index) =>
    streams.findIndex((other) => other.name === name) === index
      ? []
      : [
          {
            path: `${file}: streams[${index}].name`,
            found: JSON.stringify(name),
            allowed: 'a name that no other stream has: the position is saved under it',
          },
        ],
  );
}

function overlaps(file: string, streams: readonly StreamSettings[]): SettingsFault[] {
  return overlapsOf(streams).map(({ first, second, what }) => ({
    path: `${file}: streams "${first}" and "${second}"`,
    found: `both take ${what}`,
    allowed: 'streams that share no operation of a namespace: every group would get those events twice',
  }));
}

function stateScopes(file: string, streams: readonly StreamSettings[], stateDb: string): SettingsFault[] {
  return streams.flatMap(({ scope }, index) =>
    'database' in scope && scope.database === stateDb
      ? [
          {
            path: `${file}: streams[${index}].scope`,
            found: `the state database "${stateDb}"`,
            allowed: 'another database: saving a position would itself be a change',
          },
        ]
      : [],
  );
}
