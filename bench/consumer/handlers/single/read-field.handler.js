import { Injectable } from '@nestjs/common';
import { OnInsert } from '../../../../dist/cdc-consumer/libs/handlers/src/index.js';
import { EventLog } from '../../../lib/event-log.mjs';

const log = EventLog.fromEnvironment();

/** Reads one field of every order. Plain JavaScript, as the built app loads it from outside. */
export class ReadField {
  sum = 0;

  read({ fullDocument }) {
    this.sum += Number(fullDocument.total);
    log?.note(Number(fullDocument.n));
  }
}

Injectable()(ReadField);
OnInsert('*')(ReadField.prototype, 'read', Object.getOwnPropertyDescriptor(ReadField.prototype, 'read'));
