import { EventEmitter } from 'node:events';
import { Injectable, Module } from '@nestjs/common';
import { getConnectionToken } from '@nestjs/mongoose';
import { Test } from '@nestjs/testing';
import { HandlersModule, Inbox, OnInsert } from '@sluice/handlers';
import { GracefulShutdown } from '@sluice/platform';
import { describe, expect, it, vi } from 'vitest';
import { ConsumerSettings, loadConsumerSettings } from '../config/consumer.settings.js';
import { InboxModule } from './inbox.module.js';

@Injectable()
class Handler {
  @OnInsert('shop.orders', { once: { connection: 'orders' } })
  insert(): void {}
}

/** A connection as Mongoose makes it, to a server that says this of itself. */
class FakeConnection extends EventEmitter {
  readyState = 0;
  readonly db: unknown;
  readonly indexes: unknown[] = [];

  constructor(hello: object) {
    super();
    const createIndex = (...index: unknown[]) => Promise.resolve(this.indexes.push(index));
    this.db = { command: () => Promise.resolve(hello), collection: () => ({ createIndex }) };
  }

  connect(): void {
    this.readyState = 1;
    this.emit('connected');
  }
}

async function anApp(connections: Readonly<Record<string, FakeConnection>>) {
  const shutdown = { fail: vi.fn<(error: Error) => void>() };
  const settings = loadConsumerSettings({ MONGODB_URI: 'mongodb://x/', RABBITMQ_URI: 'amqp://x' });
  @Module({})
  class Around {}
  const providers = [
    { provide: ConsumerSettings, useValue: settings },
    { provide: GracefulShutdown, useValue: shutdown },
    ...Object.entries(connections).map(([name, useValue]) => ({ provide: getConnectionToken(name), useValue })),
  ];
  const around = { module: Around, global: true, providers, exports: providers.map(({ provide }) => provide) };
  const app = await Test.createTestingModule({
    imports: [around, HandlersModule.forRoot(), InboxModule],
    providers: [Handler],
  }).compile();
  return { app, shutdown };
}

describe('an application with a handler that has once', () => {
  it.each([
    ['a replica set', { setName: 'rs0' }],
    ['a sharded cluster', { msg: 'isdbgrid' }],
  ])('prepares its inbox as soon as %s is connected', async (_, hello) => {
    const orders = new FakeConnection(hello);
    const { app, shutdown } = await anApp({ orders });
    await app.init();
    expect(orders.indexes).toEqual([]);
    orders.connect();
    await vi.waitFor(() => expect(orders.indexes).toHaveLength(2));
    expect(orders.indexes).toContainEqual([{ handledAt: 1 }, { name: 'handledAt_ttl', expireAfterSeconds: 604_800 }]);
    expect(shutdown.fail).not.toHaveBeenCalled();
    expect(app.get(Inbox)).toBeInstanceOf(Inbox);
  });

  it('ends over a standalone server, and says which handlers need another one', async () => {
    const orders = new FakeConnection({ ismaster: true });
    const { app, shutdown } = await anApp({ orders });
    orders.connect();
    await app.init();
    await vi.waitFor(() => expect(shutdown.fail).toHaveBeenCalledOnce());
    expect(shutdown.fail.mock.calls[0]?.[0]).toMatchObject({
      code: 'SLUICE-INBOX-TRANSACTIONS-MISSING',
      message: expect.stringMatching(/Handler\.insert: .*"orders".*--replSet/) as string,
    });
  });

  it('does not start with a connection that nobody has opened', async () => {
    const { app } = await anApp({});
    await expect(app.init()).rejects.toMatchObject({
      code: 'SLUICE-INBOX-CONNECTION-UNKNOWN',
      message: expect.stringContaining('Handler.insert: `once` names the Mongoose connection "orders"') as string,
    });
  });
});
