import { DEFAULT_EXCHANGE } from '@sluice/contracts';
import { TRACES_EXPORTERS } from '@sluice/observability';
import { z } from 'zod';
import { accessEnvironment } from '../access/access.settings.js';
import { tlsEnvironment } from '../tls/tls.settings.js';

/** A port; 0 takes a free one. */
export const portNumber = z.coerce
  .number('a port number, 0 to 65535')
  .int('a port number, 0 to 65535')
  .min(0, 'a port number, 0 to 65535')
  .max(65535, 'a port number, 0 to 65535');

/** A word that is part of names of queues and documents. */
export const wordSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, - and _, at most 64');

/** Declares a port variable with its default. */
export const portSetting = (fallback: number) => portNumber.default(fallback);

const ORIGINS = 'origins between commas, https://host or http://host:port';
export const originList = z
  .string()
  .transform((text) => text.split(/[\s,]+/).filter((origin) => origin !== ''))
  .refine((origins) => origins.length > 0 && origins.every(isOrigin), ORIGINS);

function isOrigin(text: string): boolean {
  return URL.canParse(text) && /^https?:/.test(text) && new URL(text).origin === text;
}

/** By an @ too many the driver would take half of a password for the host. */
const MONGODB_URI =
  'a MongoDB connection string, mongodb://host:port/?…; what is not a letter or a digit in a user or a password percent-encoded';
const AMQP_URI = 'an AMQP URI, amqp://user:password@host:port/vhost, or amqps://';

/** What both apps read from the environment, with defaults. */
export const commonEnvironment = {
  MONGODB_URI: z
    .string(MONGODB_URI)
    .regex(/^mongodb(\+srv)?:\/\/([^@/?]+@)?[^@/?]+(\/[^@?]*)?(\?[^@]*)?$/, MONGODB_URI),
  RABBITMQ_URI: z.string(AMQP_URI).refine((uri) => /^amqps?:\/\/.+/.test(uri) && URL.canParse(uri), AMQP_URI),
  HTTP_HOST: z.string().min(1, 'an address to listen on').default('127.0.0.1'),
  /** Pages of these origins, `https://host`, may call the admin HTTP from a browser. */
  HTTP_CORS_ORIGINS: originList.optional(),
  ...accessEnvironment,
  ...tlsEnvironment,
  SLUICE_STATE_DB: wordSchema.default('sluice'),
  SLUICE_EXCHANGE: z
    .string()
    .regex(/^[A-Za-z0-9._-]{1,100}$/, 'letters, digits, ., - and _, at most 100')
    .default(DEFAULT_EXCHANGE),
  LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal'], 'trace, debug, info, warn, error or fatal')
    .default('info'),
  /** Off by default; the rest is told by OpenTelemetry's own variables. */
  OTEL_TRACES_EXPORTER: z.enum(TRACES_EXPORTERS, TRACES_EXPORTERS.join(', ')).default('none'),
  SHUTDOWN_TIMEOUT_MS: z.coerce
    .number('milliseconds, 1000 to 600000')
    .int('milliseconds, 1000 to 600000')
    .min(1000, 'milliseconds, 1000 to 600000')
    .max(600_000, 'milliseconds, 1000 to 600000')
    .default(15_000),
} as const;
