import { Logger } from '@nestjs/common';
import type { EventLogger, LogFields } from './event.logger.js';

/** Writes through Nest's `Logger`, one object per line, so that a structured logger set as Nest's keeps the fields. */
export class NestEventLogger implements EventLogger {
  private readonly logger = new Logger('Handlers');

  debug(message: string, fields?: LogFields): void {
    this.logger.debug({ msg: message, ...fields });
  }
  info(message: string, fields?: LogFields): void {
    this.logger.log({ msg: message, ...fields });
  }
  warn(message: string, fields?: LogFields): void {
    this.logger.warn({ msg: message, ...fields });
  }
  error(message: string, fields?: LogFields): void {
    this.logger.error({ msg: message, ...fields });
  }
}
