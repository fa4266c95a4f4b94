import { Controller, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import {
  Ctx,
  EventPattern,
  Payload,
  Transport,
  type MicroserviceOptions,
  type RmqContext,
} from '@nestjs/microservices';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { aRunningSystem, type RunningSystem } from '../harness/running.system.js';

const received: { pattern: string; data: unknown }[] = [];

let system: RunningSystem;
beforeAll(async () => {
  system = await aRunningSystem();
});
afterAll(() => system.stop());

it('a stock Nest RMQ microservice bound to the exchange receives the events', async () => {
  const pattern = `insert.${system.database}.orders`;

  @Controller()
  class OrdersController {
    @EventPattern<string>(pattern)
    inserted(@Payload() data: unknown, @Ctx() context: RmqContext): void {
      received.push({ pattern: context.getPattern(), data });
    }
  }
  @Module({ controllers: [OrdersController] })
  class StockModule {}

  const app = await NestFactory.createMicroservice<MicroserviceOptions>(StockModule, {
    transport: Transport.RMQ,
    options: {
      urls: [system.servers.rabbitmq],
      queue: `${system.name}.stock`,
      queueOptions: { durable: false, autoDelete: true },
      exchange: system.exchange,
      exchangeType: 'topic',
      routingKey: `*.insert.${system.database}.#`,
      noAck: true,
    },
    logger: false,
  });
  await app.listen();
  try {
    await system.db.collection<{ _id: number; total: number }>('orders').insertOne({ _id: 7, total: 3 });
    await system.eventually(() => received.length > 0);
    expect(received).toEqual([
      {
        pattern,
        data: expect.objectContaining({
          operation: 'insert',
          fullDocument: { _id: { $numberInt: '7' }, total: { $numberInt: '3' } },
        }) as unknown,
      },
    ]);
    await system.handledAll(1); // and our own group got it as well
  } finally {
    await app.close();
  }
});
