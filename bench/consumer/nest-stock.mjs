/** Nest as it comes: a microservice on the queue, `noAck: false`, each message acknowledged by its handler. */
import 'reflect-metadata';
import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { Ctx, EventPattern, Payload, Transport } from '@nestjs/microservices';
import { EventLog } from '../lib/event-log.mjs';

const { BENCH_RABBITMQ, BENCH_QUEUE, BENCH_PREFETCH } = process.env;
const log = EventLog.fromEnvironment();

class Orders {
  sum = 0;

  inserted({ fullDocument: { total, n } }, context) {
    this.sum += Number(total.$numberDouble ?? total);
    log?.note(Number(n.$numberInt ?? n));
    context.getChannelRef().ack(context.getMessage());
  }
}
const method = Object.getOwnPropertyDescriptor(Orders.prototype, 'inserted');
Controller()(Orders);
EventPattern('insert.bench.orders')(Orders.prototype, 'inserted', method);
Payload()(Orders.prototype, 'inserted', 0);
Ctx()(Orders.prototype, 'inserted', 1);

class App {}
Module({ controllers: [Orders] })(App);

const app = await NestFactory.createMicroservice(App, {
  logger: ['error'],
  transport: Transport.RMQ,
  options: {
    urls: [BENCH_RABBITMQ],
    queue: BENCH_QUEUE,
    noAck: false,
    noAssert: true,
    prefetchCount: Number(BENCH_PREFETCH),
  },
});
await app.listen();
