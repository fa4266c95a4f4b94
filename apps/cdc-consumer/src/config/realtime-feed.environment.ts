import { z } from 'zod';
import { whole } from './whole-number.js';

const MiB = 1_048_576;

/** Where live push has its changes from, and how much of them it keeps. */
export const realtimeFeedEnvironment = {
  REALTIME: z.enum(['off', 'on']).default('off'),
  /** The stream queue; unless set, named as the exchange with `.realtime` for `.events`. */
  REALTIME_STREAM: z.string().min(1).max(255).optional(),
  /** How long changes are kept for clients that come back; in RabbitMQ's units (`x-max-age`). */
  REALTIME_RETENTION: z
    .string()
    .regex(/^[1-9]\d{0,8}[YMDhms]$/, 'a number and one of Y, M, D, h, m and s, as "1h"')
    .default('1h'),
  /** How much is kept of them at most (`x-max-length-bytes`). */
  REALTIME_RETENTION_BYTES: whole('bytes', 65_536, Number.MAX_SAFE_INTEGER, 1_024 * MiB),
  /** The newest of it that each replica has in memory, for those who were away for a moment. */
  REALTIME_MEMORY_BYTES: whole('bytes', MiB, 16_384 * MiB, 64 * MiB),
} as const;
