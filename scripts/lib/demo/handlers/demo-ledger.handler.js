import { Injectable, Logger } from '@nestjs/common';
import { BSON } from 'mongodb';
import { OnChange } from '../../../../dist/cdc-consumer/libs/handlers/src/index.js';
import { LEDGER_LINE } from '../ledger-line.mjs';

/**
 * The demonstration's own handler, loaded beside the app's: it logs what the run's ledger counts, so that nothing there
 * depends on a handler that a user may change or delete. Plain JavaScript, as the built app loads it from outside.
 */
export class DemoLedger {
  logger = new Logger(DemoLedger.name);

  note(event) {
    if (!('documentKey' in event)) return; // a dropped collection is nobody's write
    const namespace = `${event.ns.db}.${event.ns.coll}`;
    const key = BSON.EJSON.stringify(event.documentKey._id);
    this.logger.log({ msg: LEDGER_LINE, operation: event.operation, namespace, key });
  }
}

Injectable()(DemoLedger);
OnChange({ namespace: '*' })(
  DemoLedger.prototype,
  'note',
  Object.getOwnPropertyDescriptor(DemoLedger.prototype, 'note'),
);
