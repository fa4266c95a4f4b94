import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { ChangeEvent, DeleteEvent, DropEvent, GapEvent, InsertEvent, UpdateEvent } from '@sluice/contracts';
import type { EventContext } from '../context/event-context.js';
import type { DocumentOf } from '../document/standard-schema.js';
import type { HandlerDecorator } from './handler.method.js';
import { isHandlerClass } from './handler.class.js';
import { subscriptionsOf } from './handler.metadata.js';
import { OnChange } from './on-change.decorator.js';
import { OnDelete, OnGap, OnInsert, OnReplace, OnUpdate } from './on-operation.decorator.js';

interface Order {
  readonly total: number;
}
const OrderSchema = z.object({ total: z.number(), placedAt: z.string().transform((text) => new Date(text)) });

/** Each line marked as an error is one: the type check fails when the compiler accepts it. */
class Typed {
  @OnInsert('shop.orders')
  own(event: InsertEvent<Order>, context: EventContext): [number, number] {
    return [event.fullDocument.total, context.attempt];
  }
  @OnInsert('shop.orders')
  withoutParameters(): void {}
  @OnInsert('shop.orders')
  async wider(event: ChangeEvent): Promise<string> {
    return Promise.resolve(event.operation);
  }
  @OnUpdate('shop.*')
  update(event: UpdateEvent<Order>, context: EventContext, decorated: string): unknown[] {
    return [event.updateDescription, context, decorated];
  }
  @OnChange({ operations: ['insert', 'delete'], namespace: '*' })
  several(event: InsertEvent<Order> | DeleteEvent): unknown {
    return event.documentKey;
  }
  @OnChange({ operations: ['drop'], namespace: 'shop.*' })
  drop(event: DropEvent): unknown {
    return event;
  }
  @OnGap()
  gap(event: GapEvent): unknown {
    return event.from;
  }
  @OnInsert('shop.orders', { document: OrderSchema })
  parsed(event: InsertEvent<DocumentOf<typeof OrderSchema>>): Date {
    return event.fullDocument.placedAt;
  }
  @OnUpdate('shop.orders', { document: OrderSchema })
  parsedUpdate(event: UpdateEvent<DocumentOf<typeof OrderSchema>>): Date | undefined {
    return event.fullDocument?.placedAt;
  }
  @OnChange({ operations: ['insert', 'delete'], namespace: 'shop.*', document: OrderSchema })
  parsedSeveral(event: InsertEvent<{ readonly total: number }> | DeleteEvent): unknown {
    return event.operation === 'insert' ? event.fullDocument.total : event.documentKey;
  }

  // @ts-expect-error the schema gives a date, not the text that is stored
  @OnInsert('shop.orders', { document: OrderSchema })
  unparsed(event: InsertEvent<{ readonly placedAt: string }>): string {
    return event.fullDocument.placedAt;
  }
  // @ts-expect-error of several operations too
  @OnChange({ operations: ['insert', 'delete'], namespace: 'shop.*', document: OrderSchema })
  unparsedSeveral(event: InsertEvent<{ readonly sum: number }> | DeleteEvent): unknown {
    return event.operation;
  }
  // @ts-expect-error a delete has no document to parse
  @OnDelete('shop.orders', { document: OrderSchema })
  parsedDelete(event: DeleteEvent): unknown {
    return event.documentKey;
  }

  // @ts-expect-error an insert is no delete
  @OnInsert('shop.orders')
  wrong(event: DeleteEvent): unknown {
    return event;
  }
  // @ts-expect-error an update may come without its document
  @OnUpdate('shop.orders')
  certain(event: { fullDocument: Order }): unknown {
    return event;
  }
  // @ts-expect-error the replace is missing from the parameter
  @OnChange({ operations: ['insert', 'replace'], namespace: '*' })
  tooNarrow(event: InsertEvent): unknown {
    return event;
  }
  // @ts-expect-error without operations, control events come too
  @OnChange({ namespace: '*' })
  onlyInserts(event: InsertEvent): unknown {
    return event;
  }
  // @ts-expect-error the context comes second
  @OnDelete('shop.orders')
  swapped(context: EventContext, event: DeleteEvent): unknown {
    return [context, event];
  }
}

/** Defines a class with this decorator on its method. */
function handlerWith(decorator: HandlerDecorator<never>): unknown {
  class OrderHandler {
    @decorator
    inserted(): void {}
  }
  return OrderHandler;
}

describe('the handler decorators', () => {
  it('keep several subscriptions of one method in the order of the source', () => {
    class Handler {
      @OnInsert('shop.orders')
      @OnReplace('shop.*')
      @OnGap()
      handle(): void {}
    }
    const patterns = subscriptionsOf(Reflect.get(Handler.prototype, 'handle')).flatMap((each) => each.patterns);
    expect(patterns).toEqual(['insert.shop.orders', 'replace.shop.#', 'gap.#']);
  });

  it.each(['', 'shop', 'shop.', '.x', 'a..b', '.', 'shop.*.x', '*.orders', '#', 'sh op.x', 'shop.#', undefined])(
    'refuse the namespace %j while the class is defined',
    (namespace) => {
      // What a JavaScript user may pass.
      expect(() => handlerWith(OnInsert(namespace as string))).toThrow(
        expect.objectContaining({
          code: 'SLUICE-HANDLER-NAMESPACE-INVALID',
          message: expect.stringContaining('@OnInsert on OrderHandler.inserted: namespace') as string,
        }),
      );
    },
  );

  it.each(['*', 'shop.*', 'shop.orders', 'shop.orders.eu', 'shop.orders-2026', 'shop.with space'])(
    'take the namespace %j',
    (namespace) => {
      expect(() => handlerWith(OnInsert(namespace))).not.toThrow();
    },
  );

  it('refuse operations that do not exist, and none', () => {
    const of = (operations: readonly string[]) => () =>
      handlerWith(OnChange({ operations: operations as [], namespace: '*' })); // what a JavaScript user may pass
    expect(of([])).toThrow('@OnChange on OrderHandler.inserted: operations is empty');
    expect(of(['upsert'])).toThrow('@OnChange on OrderHandler.inserted: unknown operations upsert');
  });

  it('refuse a retry policy that makes no sense', () => {
    expect(() => handlerWith(OnInsert('shop.orders', { retry: { attempts: 0 } }))).toThrow(
      'SLUICE-HANDLER-RETRY-INVALID  @OnInsert on OrderHandler.inserted: retry: attempts is 0',
    );
  });

  it.each([undefined, { total: Number }, { '~standard': { version: 2, validate: () => ({ value: 1 }) } }, null])(
    'take for a schema only what is one: %j',
    (document) => {
      const define = () => handlerWith(OnInsert('shop.orders', { document: document as never })); // as in JavaScript
      if (document === undefined) expect(define).not.toThrow();
      else expect(define).toThrow('SLUICE-HANDLER-SCHEMA-INVALID  @OnInsert on OrderHandler.inserted: document is no');
    },
  );

  it('refuse a static method, which no instance would ever run', () => {
    const define = () => {
      class Handler {
        @OnInsert('shop.orders')
        static handle(): void {}
      }
      return Handler;
    };
    expect(define).toThrow('SLUICE-HANDLER-METHOD-INVALID  @OnInsert on Handler.handle: a handler');
  });

  it('tell handler classes from others', () => {
    class Derived extends Typed {}
    expect([Typed, Derived, class Plain {}, () => 1, undefined].map(isHandlerClass)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });
});
