import { commonEnvironment, parseEnvironment, portSetting, SettingsError } from '@sluice/platform';
import { z } from 'zod';
import type { StreamSettings } from './streams-file.schema.js';
import { readStreamsFile } from './streams-file.source.js';

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
  const streams = readStreamsFile(env['SLUICE_CONFIG'] || 'sluice.yaml', env['SLUICE_STATE_DB'] || 'sluice');
  const faults = [...environment.faults, ...streams.faults];
  if (environment.value === undefined || streams.value === undefined || faults.length > 0) {
    throw new SettingsError(faults);
  }
  return new ProducerSettings(environment.value, streams.value);
}
