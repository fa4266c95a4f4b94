import { pino, type Logger as PinoLogger, type LoggerOptions } from 'pino';

export type Logger = PinoLogger;

export interface LoggerSettings {
  /** Name of the app, in every line. */
  readonly name: string;
  readonly level?: string;
}

/**
 * The one logger of an app: JSON lines on standard output, which is what log collectors read. At a terminal the
 * lines are made readable where `pino-pretty` is installed (a development dependency; images leave it out).
 */
export function createLogger({ name, level = 'info' }: LoggerSettings): Logger {
  const options: LoggerOptions = {
    name,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: ['req.headers.authorization', 'req.headers.cookie'], censor: '[redacted]' },
  };
  if (!process.stdout.isTTY || !prettyIsInstalled()) return pino(options);
  return pino({ ...options, transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname' } } });
}

function prettyIsInstalled(): boolean {
  try {
    import.meta.resolve('pino-pretty');
    return true;
  } catch {
    return false; // not there: the lines stay JSON
  }
}
