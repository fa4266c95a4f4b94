import {
  commonEnvironment,
  parseEnvironment,
  portNumber,
  portSetting,
  SettingSources,
  SettingsError,
  shownOfBoth,
  type ShownSettings,
} from '@sluice/platform';
import { z } from 'zod';
import type { StreamSettings } from './streams-file.schema.js';
import { readStreamsFile } from './streams-file.source.js';

const retention = 'hours, 1 to 87600';
const leaseTime = 'milliseconds, 1000 to 600000';

export const producerEnvironmentSchema = z.object({
  ...commonEnvironment,
  PRODUCER_HTTP_PORT: portSetting(3000),
  /** One more port, which serves `/metrics` alone. */
  PRODUCER_METRICS_PORT: portNumber.optional(),
  SLUICE_CONFIG: z.string().min(1).default('sluice.yaml'),
  /**
   * How long the stored part of a large event is kept. Queues and dead-letter queues hold messages without a limit of
   * time, and one that is read after its part is gone can only be kept as a dead letter, "expired".
   */
  CLAIM_RETENTION_HOURS: z.coerce
    .number(retention)
    .int(retention)
    .min(1, retention)
    .max(87_600, retention)
    .default(720),
  /** How long a producer that is gone without a word still holds its streams; renewed at a third of it. */
  LEASE_MS: z.coerce.number(leaseTime).int(leaseTime).min(1000, leaseTime).max(600_000, leaseTime).default(5000),
});
export type ProducerEnvironment = z.infer<typeof producerEnvironmentSchema>;

export const shownOfProducer: ShownSettings<typeof producerEnvironmentSchema.shape> = {
  ...shownOfBoth,
  SLUICE_CONFIG: 'asItIs',
};

/** Everything that cdc-producer is told: the environment and the streams' file. */
export class ProducerSettings {
  constructor(
    readonly environment: ProducerEnvironment,
    readonly streams: readonly StreamSettings[],
    readonly sources: SettingSources = SettingSources.none(),
  ) {}
}

/** `dotEnv`: the names that `.env` gave. @throws SettingsError with every fault of both sources at once. */
export function loadProducerSettings(
  env: NodeJS.ProcessEnv,
  dotEnv: ReadonlySet<string> = new Set(),
): ProducerSettings {
  const environment = parseEnvironment(producerEnvironmentSchema, env);
  const streams = readStreamsFile(env['SLUICE_CONFIG'] || 'sluice.yaml', env['SLUICE_STATE_DB'] || 'sluice');
  const faults = [...environment.faults, ...streams.faults];
  if (environment.value === undefined || streams.value === undefined || faults.length > 0) {
    throw new SettingsError(faults);
  }
  const sources = SettingSources.ofEnvironment(env, dotEnv).withFile(streams.given);
  return new ProducerSettings(environment.value, streams.value, sources);
}
