import {
  Catch,
  Controller,
  createParamDecorator,
  Inject,
  Injectable,
  Scope,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  type CallHandler,
  type CanActivate,
  type ExceptionFilter,
  type ExecutionContext,
  type NestInterceptor,
  type PipeTransform,
  type Type,
} from '@nestjs/common';
import { APP_GUARD, REQUEST } from '@nestjs/core';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { EMPTY, map, of, type Observable } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { ChangeEvent, InsertEvent } from '@sluice/contracts';
import { EventContext } from '../context/event-context.js';
import { OnInsert } from '../decorators/on-operation.decorator.js';
import { aDelivery, anApplication, anInsert } from '../fixtures.spec.js';

const once = { retry: { attempts: 1 } };

/** Dispatches an insert to the class, as a provider and as a controller: both have to behave alike. */
async function outcomesOf(handler: Type<unknown>, providers: Type<unknown>[] = []) {
  const asProvider = await anApplication({ providers: [handler, ...providers] }, once);
  const asController = await anApplication({ controllers: [handler], providers }, once);
  const outcomes = [];
  for (const { dispatcher } of [asProvider, asController]) {
    outcomes.push(await dispatcher.dispatch(anInsert(), aDelivery()));
  }
  return outcomes.map(({ matched, failures }) => ({ matched, errors: failures.map(({ error }) => error) }));
}

const handled = [
  { matched: 1, errors: [] },
  { matched: 1, errors: [] },
];
function failedWith(error: unknown) {
  return [
    { matched: 1, errors: [error] },
    { matched: 1, errors: [error] },
  ];
}

@Injectable()
class Allowance {
  allows = vi.fn(() => true);
}

@Injectable()
class InjectedGuard implements CanActivate {
  constructor(private readonly allowance: Allowance) {}
  canActivate(context: ExecutionContext): boolean {
    expect(context.getType()).toBe('rpc');
    expect(context.switchToRpc().getData<ChangeEvent>().id).toBe('event-1');
    expect(context.switchToRpc().getContext()).toBeInstanceOf(EventContext);
    return this.allowance.allows();
  }
}

describe('a handler in its surroundings', () => {
  it.each([true, false])('runs only if its guard, a class with dependencies, allows it: %s', async (allowed) => {
    const handle = vi.fn();
    @Injectable()
    class Denying extends Allowance {
      override allows = vi.fn(() => allowed);
    }
    @Controller()
    @UseGuards(InjectedGuard)
    class Guarded {
      @OnInsert('shop.orders')
      handle(): void {
        handle();
      }
    }
    const providers = [{ provide: Allowance, useClass: Denying }];
    for (const metadata of [{ providers: [Guarded, ...providers] }, { controllers: [Guarded], providers }]) {
      handle.mockClear();
      const { dispatcher } = await anApplication(metadata, once);
      const { failures } = await dispatcher.dispatch(anInsert(), aDelivery());
      expect(failures.map(({ error }) => String(error))).toEqual(
        allowed ? [] : ['ForbiddenException: Forbidden resource'],
      );
      expect(handle).toHaveBeenCalledTimes(allowed ? 1 : 0);
    }
  });

  it('is not subject to the global guards of the HTTP side', async () => {
    class HandlerOfEvents {
      @OnInsert('shop.orders')
      handle(): void {}
    }
    const denyAll = { provide: APP_GUARD, useValue: { canActivate: () => false } };
    const { dispatcher, module } = await anApplication({ providers: [HandlerOfEvents, denyAll] }, once);
    const app = module.createNestApplication();
    app.useGlobalGuards({ canActivate: () => false });
    expect(await dispatcher.dispatch(anInsert(), aDelivery())).toEqual({ matched: 1, failures: [] });
  });

  it('gets event and context without any decorator, and through pipes of its method', async () => {
    const seen: unknown[] = [];
    class Rename implements PipeTransform {
      transform(value: unknown): unknown {
        return value instanceof EventContext ? value : { ...(value as InsertEvent), id: 'renamed' };
      }
    }
    @Controller()
    class Piped {
      @OnInsert('shop.orders')
      @UsePipes(Rename)
      handle(event: InsertEvent, context: EventContext): void {
        seen.push(event.id, context.handler, context.attempt, context.getPattern());
      }
    }
    expect(await outcomesOf(Piped)).toEqual(handled);
    expect(seen).toEqual([1, 2].flatMap(() => ['renamed', 'Piped.handle', 1, 'insert.shop.orders']));
  });

  it('gets what its parameter decorators ask for, and defaults beside them', async () => {
    const seen: unknown[] = [];
    const Stream = createParamDecorator((_: unknown, context: ExecutionContext) => {
      return context.switchToRpc().getContext<EventContext>().stream;
    });
    const double: PipeTransform = { transform: (event: InsertEvent) => ({ ...event, id: event.id.repeat(2) }) };
    @Controller()
    class Decorated {
      @OnInsert('shop.orders')
      handle(@Payload(double) event: InsertEvent, context: EventContext, @Stream() stream: string): void {
        seen.push(event.id, context.group, stream);
      }
      @OnInsert('shop.orders')
      other(event: InsertEvent, @Ctx() context: EventContext, @Payload('ns') ns: unknown): void {
        seen.push(event.id, context.partition, ns);
      }
    }
    const { dispatcher } = await anApplication({ providers: [Decorated] }, once);
    expect(await dispatcher.dispatch(anInsert(), aDelivery())).toEqual({ matched: 2, failures: [] });
    expect(seen).toEqual(
      expect.arrayContaining(['event-1event-1', 'default', 'shop', 'event-1', 0, { db: 'shop', coll: 'orders' }]),
    );
  });

  it('fails with the original error of the method, of a pipe and of an interceptor', async () => {
    const error = new TypeError('the original');
    const throwing = () => {
      throw error;
    };
    @Controller()
    class Throwing {
      @OnInsert('shop.orders')
      handle(): void {
        throwing();
      }
    }
    @Controller()
    class ThrowingPipe {
      @OnInsert('shop.orders')
      handle(@Payload({ transform: throwing }) event: InsertEvent): unknown {
        return event;
      }
    }
    @Controller()
    @UseInterceptors({ intercept: throwing })
    class ThrowingInterceptor {
      @OnInsert('shop.orders')
      handle(): void {}
    }
    for (const handler of [Throwing, ThrowingPipe, ThrowingInterceptor]) {
      const outcomes = await outcomesOf(handler);
      expect(outcomes).toEqual(failedWith(error));
      expect(outcomes[0]?.errors[0]).toBe(error);
    }
  });

  it('runs its interceptors, which may end with observables, empty ones included', async () => {
    const seen: unknown[] = [];
    const nothing: NestInterceptor = { intercept: () => EMPTY };
    class Noting implements NestInterceptor {
      intercept(_: ExecutionContext, next: CallHandler): Observable<unknown> {
        return next.handle().pipe(map((value) => seen.push(value)));
      }
    }
    @Controller()
    class Intercepted {
      @OnInsert('shop.orders')
      @UseInterceptors(nothing)
      skipped(): void {
        seen.push('never');
      }
      @OnInsert('shop.orders')
      @UseInterceptors(Noting)
      observable(): Observable<string> {
        return of('last');
      }
      @OnInsert('shop.orders')
      empty(): Observable<never> {
        return EMPTY;
      }
    }
    expect(await outcomesOf(Intercepted)).toEqual(handled.map((outcome) => ({ ...outcome, matched: 3 })));
    expect(seen).toEqual(['last', 'last']);
  });

  it('lets an exception filter translate an error, take it, or leave it', async () => {
    const original = new RangeError('original');
    const translated = new Error('translated');
    @Catch(RangeError)
    class Filter implements ExceptionFilter {
      catch(): unknown {
        throw translated;
      }
    }
    const filters: [ExceptionFilter | Type<ExceptionFilter>, unknown[]][] = [
      [Filter, [translated]],
      [{ catch: () => of('taken') }, []],
      [{ catch: () => undefined }, [original]],
    ];
    for (const [filter, errors] of filters) {
      @Controller()
      @UseFilters(filter)
      class Filtered {
        @OnInsert('shop.orders')
        handle(): void {
          throw original;
        }
      }
      expect((await outcomesOf(Filtered)).map((outcome) => outcome.errors)).toEqual([errors, errors]);
    }
  });

  it('is made anew for each event if it is request-scoped or transient, with its scoped guard', async () => {
    const made: unknown[] = [];
    @Injectable({ scope: Scope.REQUEST })
    class ScopedGuard implements CanActivate {
      constructor(@Inject(REQUEST) private readonly request: { data: ChangeEvent }) {}
      canActivate(): boolean {
        return this.request.data.id === 'event-1';
      }
    }
    @Controller({ scope: Scope.REQUEST })
    @UseGuards(ScopedGuard)
    class Scoped {
      constructor(@Inject(REQUEST) private readonly request: { context: EventContext }) {}
      @OnInsert('shop.orders')
      handle(event: InsertEvent): void {
        made.push(this, this.request.context.messageId, event.id);
      }
    }
    @Injectable({ scope: Scope.TRANSIENT })
    class Transient {
      private readonly ready = true;
      @OnInsert('shop.orders')
      handle(): void {
        made.push(this, this.ready);
      }
    }
    const apps = [{ providers: [Scoped] }, { controllers: [Scoped] }, { providers: [Transient] }];
    for (const metadata of apps) {
      made.length = 0;
      const { dispatcher } = await anApplication(metadata, once);
      for (let count = 0; count < 2; count++) {
        expect(await dispatcher.dispatch(anInsert(), aDelivery())).toEqual({ matched: 1, failures: [] });
      }
      const instances = made.filter((value) => typeof value === 'object');
      expect(new Set(instances).size).toBe(2);
      expect(made.filter((value) => typeof value !== 'object')).not.toContain(undefined);
    }
  });

  it('fails with the original error when its request-scoped class cannot be made', async () => {
    const error = new Error('no connection');
    @Injectable({ scope: Scope.REQUEST })
    class Broken {
      constructor() {
        throw error;
      }
      @OnInsert('shop.orders')
      handle(): void {}
    }
    const { dispatcher } = await anApplication({ providers: [Broken] }, once);
    const { failures } = await dispatcher.dispatch(anInsert(), aDelivery());
    expect(failures[0]?.error).toBe(error);
  });

  it('gives @EventPattern methods their original error too', async () => {
    const error = new Error('the original');
    @Controller()
    class Plain {
      @EventPattern<string>('insert.shop.orders')
      handle(): void {
        throw error;
      }
    }
    const { registry, dispatcher } = await anApplication({ controllers: [Plain] }, once);
    registry.activateEventPattern('insert.shop.orders');
    const { failures } = await dispatcher.dispatch(anInsert(), aDelivery());
    expect(failures).toMatchObject([{ handler: 'Plain.handle', error }]);
  });
});
