/** Fields of a log line beside its message. */
export type LogFields = Readonly<Record<string, unknown>>;

/** What a handler logs through: small enough that pino, Nest's logger or a test's array fits behind it. */
export interface EventLogger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** Injection token of the `EventLogger` that every event's own logger writes to. */
export const EVENT_LOGGER = Symbol('sluice:event-logger');

/** The same logger with `bound` in every line; a line's own fields win. */
export function withFields(logger: EventLogger, bound: LogFields): EventLogger {
  return {
    debug: (message, fields) => logger.debug(message, { ...bound, ...fields }),
    info: (message, fields) => logger.info(message, { ...bound, ...fields }),
    warn: (message, fields) => logger.warn(message, { ...bound, ...fields }),
    error: (message, fields) => logger.error(message, { ...bound, ...fields }),
  };
}
