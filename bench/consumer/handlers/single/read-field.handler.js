import { Injectable } from '@nestjs/common';
import { OnInsert } from '../../../../dist/cdc-consumer/libs/handlers/src/index.js';

/** Reads one field of every order. Plain JavaScript, as the built app loads it from outside. */
export class ReadField {
  sum = 0;

  read(event) {
    this.sum += Number(event.fullDocument.total);
  }
}

Injectable()(ReadField);
OnInsert('bench.orders')(ReadField.prototype, 'read', Object.getOwnPropertyDescriptor(ReadField.prototype, 'read'));
