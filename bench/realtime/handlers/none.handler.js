import { Injectable } from '@nestjs/common';
import { OnInsert } from '../../../dist/cdc-consumer/libs/handlers/src/index.js';

/** A consumer needs a handler; this one's collection is never written, so that live push alone is measured. */
export class Nothing {
  never() {}
}

Injectable()(Nothing);
OnInsert('bench.nothing')(Nothing.prototype, 'never', Object.getOwnPropertyDescriptor(Nothing.prototype, 'never'));
