import { Injectable } from '@nestjs/common';
import { OnBatch } from '../../../../dist/cdc-consumer/libs/handlers/src/index.js';

/** Reads one field of every order, a batch at a time. */
export class ReadBatch {
  sum = 0;

  read(events) {
    for (const event of events) this.sum += Number(event.fullDocument.total);
  }
}

Injectable()(ReadBatch);
const decorate = OnBatch('bench.orders', { maxEvents: 100, operations: ['insert'] });
decorate(ReadBatch.prototype, 'read', Object.getOwnPropertyDescriptor(ReadBatch.prototype, 'read'));
