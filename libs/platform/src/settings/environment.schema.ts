import { DEFAULT_EXCHANGE } from '@sluice/contracts';
import { TRACES_EXPORTERS } from '@sluice/observability';
import { z } from 'zod';

const port = (fallback: number) =>
  z.coerce
    .number('a port number, 0 to 65535')
    .int('a port number, 0 to 65535')
    .min(0, 'a port number, 0 to 65535')
    .max(65535, 'a port number, 0 to 65535')
    .default(fallback);

/** A word that is part of names of queues and documents. */
export const wordSchema = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, 'letters, digits, - and _, at most 64');

/** Declares a port variable with its default. */
export const portSetting = port;

/** What both apps read from the environment, with defaults. */
export const commonEnvironment = {
  MONGODB_URI: z
    .string('a MongoDB connection string, mongodb://host:port/?…')
    .regex(/^mongodb(\+srv)?:\/\/.+/, 'a MongoDB connection string, mongodb://host:port/?…'),
  RABBITMQ_URI: z
    .string('an AMQP URI, amqp://user:password@host:port/vhost')
    .regex(/^amqps?:\/\/.+/, 'an AMQP URI, amqp://user:password@host:port/vhost'),
  HTTP_HOST: z.string().min(1, 'an address to listen on').default('127.0.0.1'),
  ADMIN_TOKEN: z.string().min(16, 'at least 16 characters').optional(),
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
