import { Controller, Injectable, Logger, Module } from '@nestjs/common';
import { EventPattern, Server, type CustomTransportStrategy, type MessageHandler } from '@nestjs/microservices';
import { Test } from '@nestjs/testing';
import { describe, expect, it } from 'vitest';
import { NestEventLogger } from './context/nest-event.logger.js';
import { OnInsert } from './decorators/on-operation.decorator.js';
import { EventDispatcher } from './dispatch/event.dispatcher.js';
import { aDelivery, anInsert, RecordingLogger } from './fixtures.spec.js';
import { HandlersModule } from './handlers.module.js';
import { HandlerRegistry } from './registry/handler.registry.js';

/** A transport that does nothing but collect what Nest hands over. */
class CollectingServer extends Server implements CustomTransportStrategy {
  readonly collected: { pattern: string; invoke: MessageHandler }[] = [];

  override addHandler(pattern: unknown, invoke: MessageHandler): void {
    this.collected.push({ pattern: String(pattern), invoke });
  }
  listen(callback: () => void): void {
    callback();
  }
  close(): void {}
  override on(): void {}
  override unwrap<T>(): T {
    throw new Error('nothing to unwrap');
  }
}

@Injectable()
class Failing {
  @OnInsert('shop.orders')
  handle(): void {
    throw new Error('refused');
  }
}

describe('the handlers module', () => {
  it('takes its options from a factory with injected providers', async () => {
    @Injectable()
    class Settings {
      readonly attempts = 1;
    }
    @Module({ providers: [Settings], exports: [Settings] })
    class SettingsModule {}
    const logger = new RecordingLogger();
    const module = await Test.createTestingModule({
      imports: [
        HandlersModule.forRootAsync({
          imports: [SettingsModule],
          inject: [Settings],
          useFactory: ({ attempts }: Settings) => ({ retry: { attempts }, logger }),
        }),
      ],
      providers: [Failing],
    }).compile();
    const { failures } = await module.get(EventDispatcher).dispatch(anInsert(), aDelivery());
    expect(failures).toMatchObject([{ attempts: 1 }]);
    expect(logger.lines).toMatchObject([{ level: 'error', message: 'handler failed for good' }]);
  });

  it('refuses a retry policy that makes no sense, at the start', async () => {
    const building = Test.createTestingModule({ imports: [HandlersModule.forRoot({ retry: { attempts: 0.5 } })] });
    await expect(building.compile()).rejects.toMatchObject({ code: 'SLUICE-HANDLER-RETRY-INVALID' });
  });

  it('takes over what Nest hands to a transport, each method on its own', async () => {
    const error = new Error('the original');
    @Controller()
    class Plain {
      @EventPattern<string>('insert.shop.orders')
      first(): void {}
      @EventPattern<string>('insert.shop.orders')
      second(): void {
        throw error;
      }
    }
    const server = new CollectingServer();
    const module = await Test.createTestingModule({
      imports: [HandlersModule.forRoot({ retry: { attempts: 1 }, logger: new RecordingLogger() })],
      controllers: [Plain],
    }).compile();
    module.useLogger(false);
    const app = module.createNestMicroservice({ strategy: server });
    await app.listen();
    const registry = app.get(HandlerRegistry);
    for (const handler of server.collected) registry.registerPatternHandler(handler);
    expect(server.collected).toHaveLength(2);
    const { matched, failures } = await app.get(EventDispatcher).dispatch(anInsert(), aDelivery());
    expect(matched).toBe(2);
    expect(failures).toMatchObject([{ handler: 'Plain.second', error }]);
    await app.close();
  });
});

describe('the logger of events', () => {
  it('writes one object per line to Nest’s logger', () => {
    const lines: unknown[] = [];
    const line = (level: string) => (message: unknown) => lines.push([level, message]);
    Logger.overrideLogger({ log: line('log'), error: line('error'), warn: line('warn'), debug: line('debug') });
    const logger = new NestEventLogger();
    const err = new Error('x');
    logger.debug('a');
    logger.info('b', { total: 5 });
    logger.warn('c');
    logger.error('d', { err });
    expect(lines).toEqual([
      ['debug', { msg: 'a' }],
      ['log', { msg: 'b', total: 5 }],
      ['warn', { msg: 'c' }],
      ['error', { msg: 'd', err }],
    ]);
    Logger.overrideLogger(false);
  });
});
