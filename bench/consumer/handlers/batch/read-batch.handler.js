import { Injectable } from '@nestjs/common';
import { OnBatch } from '../../../../dist/cdc-consumer/libs/handlers/src/index.js';
import { EventLog } from '../../../lib/event-log.mjs';

const log = EventLog.fromEnvironment();

/** Reads one field of every order, a batch at a time. */
export class ReadBatch {
  sum = 0;

  read(events) {
    for (const { fullDocument } of events) {
      this.sum += Number(fullDocument.total);
      log?.note(Number(fullDocument.n));
    }
  }
}

Injectable()(ReadBatch);
const decorate = OnBatch('bench.orders', { maxEvents: 100, operations: ['insert'] });
decorate(ReadBatch.prototype, 'read', Object.getOwnPropertyDescriptor(ReadBatch.prototype, 'read'));
