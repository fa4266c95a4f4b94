import { Controller, Injectable, Module, Scope } from '@nestjs/common';
import { EventPattern, Transport } from '@nestjs/microservices';
import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { OnChange } from '../decorators/on-change.decorator.js';
import { OnInsert, OnReplace } from '../decorators/on-operation.decorator.js';
import { aDelivery, anApplication, anEvent, anInsert } from '../fixtures.spec.js';

@Injectable()
class OrderHandler {
  @OnInsert('shop.orders')
  @OnReplace('shop.orders')
  store(): void {}
  @OnChange({ operations: ['insert'], namespace: 'shop.*' })
  count(): void {}
  helper(): void {}
}

@Controller()
class PlainController {
  readonly seen: unknown[] = [];

  @EventPattern<string>('insert.shop.orders')
  inserted(event: unknown): void {
    this.seen.push(event);
  }
  @EventPattern<string>('*.shop.#')
  anything(): void {}
  @EventPattern<string>('insert.#', Transport.KAFKA)
  ofAnotherTransport(): void {}
}

const unused = () => {
  throw new Error('Nest’s own callback is not called for a method that is found');
};

describe('the handler registry', () => {
  it('finds decorated methods of providers and controllers by a stable name', async () => {
    @Controller()
    class AuditController {
      @OnInsert('*')
      audit(): void {}
    }
    const { registry } = await anApplication({ providers: [OrderHandler], controllers: [AuditController] });
    expect(registry.describe()).toEqual([
      { name: 'AuditController.audit', patterns: ['insert.#'] },
      { name: 'OrderHandler.store', patterns: ['insert.shop.orders', 'replace.shop.orders'] },
      { name: 'OrderHandler.count', patterns: ['insert.shop.#'] },
    ]);
  });

  it('matches every handler that wants the event, each once', async () => {
    const { registry } = await anApplication({ providers: [OrderHandler] });
    const names = (coll: string) => registry.matching(anInsert('shop', coll)).map(({ handler }) => handler.name);
    expect(names('orders')).toEqual(['OrderHandler.store', 'OrderHandler.count']);
    expect(names('orders.eu')).toEqual(['OrderHandler.count']);
    expect(registry.matching(anEvent('delete', { db: 'shop', coll: 'orders' }))).toEqual([]);
  });

  it('gives the same match for every event, and at once those of a handler that is added', async () => {
    const { registry } = await anApplication({ providers: [OrderHandler] });
    const [first, ...others] = registry.matching(anInsert());
    expect(registry.matching(anInsert())[0]).toBe(first);
    registry.registerPatternHandler({ pattern: 'insert.shop.#', invoke: unused });
    expect(registry.matching(anInsert())).toHaveLength(1 + others.length + 1);
  });

  it('gives the fewest patterns that bring them all', async () => {
    const { registry } = await anApplication({ providers: [OrderHandler] });
    expect(registry.patterns()).toEqual(['insert.shop.#', 'replace.shop.orders']);
  });

  it('refuses to start with two handlers of one name, and names both modules', async () => {
    const Twin = { OrderHandler: class OrderHandler {} }.OrderHandler;
    Injectable()(Twin);
    Object.defineProperty(
      Twin.prototype,
      'store',
      Object.getOwnPropertyDescriptor(OrderHandler.prototype, 'store') ?? {},
    );
    @Module({ providers: [Twin] })
    class TwinModule {}
    @Module({ providers: [OrderHandler] })
    class OrdersModule {}
    const { module } = await anApplication({ imports: [TwinModule, OrdersModule] });
    await expect(module.init()).rejects.toThrow(
      /SLUICE-HANDLER-NAME-TAKEN {2}handler OrderHandler.store .*TwinModule and OrdersModule/,
    );
  });

  it('takes an instance that is provided under several tokens for one', async () => {
    const { registry } = await anApplication({
      providers: [
        { provide: 'factory', inject: [OrderHandler], useFactory: (handler: OrderHandler) => handler },
        { provide: 'alias', useExisting: OrderHandler },
        OrderHandler,
      ],
    });
    expect(registry.describe()).toHaveLength(2);
  });

  it('leaves the methods of @EventPattern alone until a transport asks for them', async () => {
    const { registry } = await anApplication({ controllers: [PlainController] });
    expect(registry.matching(anInsert())).toEqual([]);
    expect(registry.declaredEventPatterns()).toEqual(['insert.shop.orders', '*.shop.#']);
  });

  it('calls the methods of @EventPattern under their own name, wildcards included', async () => {
    const { registry, dispatcher, module } = await anApplication({ controllers: [PlainController] });
    for (const pattern of registry.declaredEventPatterns()) {
      registry.registerPatternHandler({ pattern, invoke: unused });
      registry.registerPatternHandler({ pattern, invoke: unused }); // once per method that declares it
    }
    expect(registry.patterns()).toEqual(['*.shop.#']);
    const result = await dispatcher.dispatch(anInsert(), aDelivery());
    expect(result).toEqual({ matched: 2, failures: [] });
    expect(module.get(PlainController).seen).toEqual([anInsert()]);
  });

  it('lets one method have both kinds of decorator, and calls it once', async () => {
    let calls = 0;
    @Controller()
    class Both {
      @OnInsert('shop.orders')
      @EventPattern<string>('insert.#')
      handle(): void {
        calls++;
      }
    }
    const { registry, dispatcher } = await anApplication({ controllers: [Both] });
    registry.registerPatternHandler({ pattern: 'insert.#', invoke: unused });
    expect(await dispatcher.dispatch(anInsert(), aDelivery())).toEqual({ matched: 1, failures: [] });
    expect(calls).toBe(1);
    expect(registry.describe()).toEqual([{ name: 'Both.handle', patterns: ['insert.shop.orders', 'insert.#'] }]);
  });

  it('waits for the observable in a foreign callback’s promise, whose error is the handler’s', async () => {
    const { registry, dispatcher } = await anApplication({}, { retry: { attempts: 1 } });
    const error = new Error('from the observable');
    const results = [of(1), throwError(() => error)];
    for (const result of results) {
      registry.registerPatternHandler({ name: 'added', pattern: 'insert.#', invoke: () => Promise.resolve(result) });
    }
    const { matched, failures } = await dispatcher.dispatch(anInsert(), aDelivery());
    expect(matched).toBe(2);
    expect(failures).toMatchObject([{ handler: 'added#2', error, attempts: 1 }]);
  });

  it('finds handlers of request-scoped classes', async () => {
    @Injectable({ scope: Scope.REQUEST })
    class Scoped {
      @OnInsert('shop.orders')
      handle(): void {}
    }
    const { registry } = await anApplication({ providers: [Scoped] });
    expect(registry.describe()).toEqual([{ name: 'Scoped.handle', patterns: ['insert.shop.orders'] }]);
  });
});
