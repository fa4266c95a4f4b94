import { Injectable } from '@nestjs/common';
import { InjectConnection } from '@nestjs/mongoose';
import { MirrorProjection } from '../../../../dist/cdc-consumer/libs/handlers/src/index.js';

/** A copy of the orders, as docs/handlers.md has it. */
export class OrdersMirror extends MirrorProjection.of({ from: 'bench.orders' }) {
  constructor(connection) {
    super(() => connection.getClient().db('bench-copies').collection('mirror'));
  }
}

Injectable()(OrdersMirror);
InjectConnection()(OrdersMirror, undefined, 0);
