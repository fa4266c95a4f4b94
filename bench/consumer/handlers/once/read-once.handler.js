import { Injectable } from '@nestjs/common';
import { OnInsert } from '../../../../dist/cdc-consumer/libs/handlers/src/index.js';
import { EventLog } from '../../../lib/event-log.mjs';

const log = EventLog.fromEnvironment();

/** Reads one field of every order, once: the inbox entry and the version are written in a transaction each. */
export class ReadOnce {
  sum = 0;

  read({ fullDocument }) {
    this.sum += Number(fullDocument.total);
    log?.note(Number(fullDocument.n));
  }
}

Injectable()(ReadOnce);
const decorate = OnInsert('bench.orders', { once: true });
decorate(ReadOnce.prototype, 'read', Object.getOwnPropertyDescriptor(ReadOnce.prototype, 'read'));
