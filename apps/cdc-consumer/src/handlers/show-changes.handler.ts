import { Injectable, Logger } from '@nestjs/common';
import { positionKey, type ChangeEvent } from '@sluice/contracts';
import { eventFields, OnChange, type EventContext } from '@sluice/handlers';

/** A sample: one log line per change. Keep it to look at what arrives, or delete this file; nothing else names it. */
@Injectable()
export class ShowChanges {
  private readonly logger = new Logger(ShowChanges.name);

  @OnChange({ namespace: '*' })
  show(event: ChangeEvent, context: EventContext): void {
    this.logger.log({
      msg: 'change handled',
      handler: context.handler,
      ...eventFields(event),
      id: event.id,
      position: positionKey(event.position),
      redelivered: context.redelivered,
    });
  }
}
