import { delimiter } from 'node:path';
import { DEFAULT_MEMBER_ALIVE_MS } from '@sluice/contracts';
import { DEFAULT_RETRY_POLICY, LONGEST_PARK_AFTER_MS } from '@sluice/handlers';
import {
  commonEnvironment,
  parseEnvironment,
  portNumber,
  portSetting,
  SettingsError,
  SettingSources,
  shownOfBoth,
  wordSchema,
  type ShownSettings,
} from '@sluice/platform';
import { z } from 'zod';
import { grantsFileFaults } from '../realtime/access/grants-file.source.js';
import { realtimeAccessEnvironment } from './realtime-access.environment.js';
import { realtimeFeedEnvironment } from './realtime-feed.environment.js';
import { realtimeLimitsEnvironment } from './realtime-limits.environment.js';
import { whole } from './whole-number.js';

/** What cdc-consumer reads from the environment, with defaults. */
export const consumerEnvironmentSchema = z
  .object({
    ...commonEnvironment,
    CONSUMER_HTTP_PORT: portSetting(3001),
    /** One more port, which serves `/metrics` alone. */
    CONSUMER_METRICS_PORT: portNumber.optional(),
    /** Names the set of queues that gets every event once. */
    CONSUMER_GROUP: wordSchema.default('default'),
    /** Counts at the group's first registration only. */
    PARTITIONS: whole('partitions', 1, 64, 4),
    /** Rises with each roll-out; of two with other handlers the higher one has the group. */
    DEPLOYMENT: z.string().min(1).optional(),
    /** Unacknowledged messages per partition. */
    PREFETCH: whole('messages', 1, 65_535, 200),
    /** Documents whose events are handled at the same time. */
    CONCURRENCY: whole('documents at the same time', 1, 10_000, 64),
    /** Of handlers that name none of their own: how long a document waits for a failing event in its lane. */
    PARK_AFTER_MS: whole('milliseconds', 0, LONGEST_PARK_AFTER_MS, DEFAULT_RETRY_POLICY.parkAfterMs),
    /** Deaths of the process in a call that was made alone, before its event is a dead letter. */
    CRASH_ATTEMPTS: whole('crashes', 1, 100, 3),
    /** Folders of handler files to load instead of the app's own, separated by `:`: the same image, other handlers. */
    SLUICE_HANDLERS: z
      .string()
      .min(1)
      .transform((folders) => folders.split(delimiter))
      .optional(),
    /** How long a replica that says nothing keeps its partitions; it says something three times in that time. */
    MEMBER_ALIVE_MS: whole('milliseconds', 3_000, 600_000, DEFAULT_MEMBER_ALIVE_MS),
    /** How long handled events, and the deletes of documents, are remembered for handlers with `once`. */
    INBOX_TTL_HOURS: whole('hours', 1, 8_760, 168),
    /** Not ready while an event of this replica's partitions is older and not handled; 0: never for that. */
    MAX_EVENT_AGE_SECONDS: whole('seconds', 0, 31_536_000, 3_600),
    /** Not ready while nobody has consumed a partition of the group for longer; 0: never for that. */
    MAX_UNCONSUMED_SECONDS: whole('seconds', 0, 31_536_000, 120),
    /** Running handlers get it at a shutdown, and when a partition goes to another replica. */
    DRAIN_TIMEOUT_MS: whole('milliseconds', 0, 600_000, 10_000),
    ...realtimeFeedEnvironment,
    ...realtimeLimitsEnvironment,
    ...realtimeAccessEnvironment,
  })
  .refine((settings) => settings.DRAIN_TIMEOUT_MS < settings.SHUTDOWN_TIMEOUT_MS, {
    path: ['DRAIN_TIMEOUT_MS'],
    message: 'less than SHUTDOWN_TIMEOUT_MS (15000 unless set): handlers end within it, before connections close',
  });
export type ConsumerEnvironment = z.infer<typeof consumerEnvironmentSchema>;

export const shownOfConsumer: ShownSettings<typeof consumerEnvironmentSchema.shape> = {
  ...shownOfBoth,
  CONSUMER_GROUP: 'asItIs',
  DEPLOYMENT: 'asItIs',
  SLUICE_HANDLERS: 'asItIs',
  REALTIME_ORIGINS: 'asItIs',
  REALTIME_GRANTS_FILE: 'asItIs',
  REALTIME_JWT_GRANTS_CLAIM: 'asItIs',
  REALTIME: 'asItIs',
  REALTIME_STREAM: 'asItIs',
  REALTIME_RETENTION: 'asItIs',
};

/** Everything that cdc-consumer is told. */
export class ConsumerSettings {
  constructor(
    readonly environment: ConsumerEnvironment,
    readonly sources: SettingSources = SettingSources.none(),
  ) {}
}

/** `dotEnv`: the names that `.env` gave. @throws SettingsError with every fault at once. */
export function loadConsumerSettings(
  env: NodeJS.ProcessEnv,
  dotEnv: ReadonlySet<string> = new Set(),
): ConsumerSettings {
  const sources = SettingSources.ofEnvironment(env, dotEnv);
  const { value, faults } = parseEnvironment(consumerEnvironmentSchema, env);
  const all = [...faults, ...grantsFileFaults(value?.REALTIME_GRANTS_FILE)];
  if (value === undefined || all.length > 0) throw new SettingsError(all);
  return new ConsumerSettings(value, sources);
}
