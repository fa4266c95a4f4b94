import { Injectable, Logger } from '@nestjs/common';
import { namespaceName, positionKey, type ChangeEvent } from '@sluice/contracts';
import { OnChange, type EventContext } from '@sluice/handlers';
import { BSON } from 'mongodb';

/** A sample: one log line per change. Keep it to look at what arrives, or delete this file; nothing else names it. */
@Injectable()
export class ShowChanges {
  private readonly logger = new Logger(ShowChanges.name);

  @OnChange({ namespace: '*' })
  show(event: ChangeEvent, context: EventContext): void {
    this.logger.log({
      msg: 'change handled',
      handler: context.handler,
      operation: event.operation,
      namespace: namespaceOf(event),
      key: keyOf(event),
      id: event.id,
      position: positionKey(event.position),
      redelivered: context.redelivered,
    });
  }
}

/** `null` where a change concerns the whole stream. */
function namespaceOf({ ns }: ChangeEvent): string | null {
  if (ns.db === undefined) return null;
  return namespaceName(ns.coll === undefined ? { db: ns.db } : { db: ns.db, coll: ns.coll });
}

/** Canonical Extended JSON, so that the keys `1` and `"1"`, an int and a long differ in the log as in MongoDB. */
function keyOf(event: ChangeEvent): string | null {
  return 'documentKey' in event ? BSON.EJSON.stringify(event.documentKey._id, { relaxed: false }) : null;
}
