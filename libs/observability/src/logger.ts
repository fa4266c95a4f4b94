import { pino, type Logger as PinoLogger, type LoggerOptions } from 'pino';
import { SecretMask } from './secret.mask.js';

export type Logger = PinoLogger;

export interface LoggerSettings {
  /** Name of the app, in every line. */
  readonly name: string;
  readonly level?: string;
  /** What must not stand in any line; also what nobody expects in one. */
  readonly mask?: SecretMask;
}

/** What lets somebody in; with the id of a server-sent event, and the ticket in its URL, a browser comes back. */
const SECRET_HEADERS = ['authorization', 'cookie', 'last-event-id'];

/**
 * The one logger of an app: JSON lines on standard output, which is what log collectors read. At a terminal the
 * lines are made readable where `pino-pretty` is installed (a development dependency; images leave it out).
 */
export function createLogger({ name, level = 'info', mask = new SecretMask([]) }: LoggerSettings): Logger {
  const options: LoggerOptions = {
    name,
    level,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: { paths: SECRET_HEADERS.map((header) => `req.headers["${header}"]`), censor: '[redacted]' },
    hooks: { streamWrite: (line) => mask.apply(line) },
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
