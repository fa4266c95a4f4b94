import { Injectable } from '@nestjs/common';
import { OnInsert } from '../../../../dist/cdc-consumer/libs/handlers/src/index.js';
import { EventLog } from '../../../lib/event-log.mjs';

const log = EventLog.fromEnvironment();

/** Reads one field of every order, and fails on the poisoned one whenever it comes. */
export class Poisoned {
  sum = 0;

  read({ fullDocument }) {
    if (fullDocument.poison === true) throw new Error('poisoned');
    this.sum += Number(fullDocument.total);
    log?.note(Number(fullDocument.n));
  }
}

Injectable()(Poisoned);
OnInsert('bench.orders')(Poisoned.prototype, 'read', Object.getOwnPropertyDescriptor(Poisoned.prototype, 'read'));
