import { Injectable } from '@nestjs/common';
import type { ChangeEvent, DeleteEvent, InsertEvent, UpdateEvent } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { OnChange } from '../decorators/on-change.decorator.js';
import { OnInsert } from '../decorators/on-operation.decorator.js';
import { aDelivery, anApplication, anEvent, anInsert } from '../fixtures.spec.js';
import type { StandardSchema } from './standard-schema.js';

const NAMESPACE = 'shop.orders';
const order = z.object({
  total: z.number().transform((total) => ({ total })),
  lines: z.array(z.object({ sku: z.string() })).default([]),
});

/** An application whose one handler has this schema, and what reached the handler. */
async function aHandlerWith(document: StandardSchema) {
  const seen: object[] = [];
  @Injectable()
  class Handler {
    @OnChange({ namespace: NAMESPACE, document })
    handle(event: object): void {
      seen.push(event);
    }
  }
  const { dispatcher, clock, logger } = await anApplication({ providers: [Handler] });
  return { seen, clock, logger, deliver: (event: ChangeEvent) => dispatcher.dispatch(event, aDelivery()) };
}

const insertOf = (fullDocument: Record<string, unknown>): InsertEvent => ({ ...anInsert(), fullDocument });

describe('a document with a schema', () => {
  it('reaches its handler as the schema gives it, and every other handler as it came', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Handlers {
      @OnInsert(NAMESPACE, { document: order })
      parsed(event: InsertEvent<z.infer<typeof order>>): void {
        seen.push(event.fullDocument);
      }
      @OnInsert(NAMESPACE)
      plain(event: InsertEvent): void {
        seen.push(event.fullDocument);
      }
    }
    const { dispatcher } = await anApplication({ providers: [Handlers] });
    const event = insertOf({ total: 5, note: 'x' });
    expect(await dispatcher.dispatch(event, aDelivery())).toEqual({ matched: 2, failures: [] });
    expect(seen).toHaveLength(2);
    expect(seen).toContainEqual({ total: { total: 5 }, lines: [] });
    expect(seen).toContainEqual({ total: 5, note: 'x' });
    expect(event.fullDocument).toEqual({ total: 5, note: 'x' });
  });

  it('is refused at once where it does not keep to it, with the paths of the fields and none of their values', async () => {
    const { seen, clock, logger, deliver } = await aHandlerWith(order);
    const { failures } = await deliver(insertOf({ total: 'secret', lines: [{ sku: 'a' }, { sku: 7 }] }));
    expect(failures).toMatchObject([
      { handler: 'Handler.handle', reason: 'validation-failed', attempts: 1, error: { name: 'DocumentInvalidError' } },
    ]);
    const [{ error } = {}] = failures;
    const { message } = error as Error;
    expect(message).toMatch(/^SLUICE-HANDLER-DOCUMENT-INVALID {2}fullDocument: total: .+; lines\[1\]\.sku: /);
    expect(message).not.toContain('secret');
    expect(seen).toEqual([]);
    expect(clock.waits).toEqual([]);
    expect(logger.lines).toMatchObject([{ level: 'error', fields: { reason: 'validation-failed', attempts: 1 } }]);
  });

  it('is refused alone: the other handlers of the event are called', async () => {
    const seen: unknown[] = [];
    @Injectable()
    class Handlers {
      @OnInsert(NAMESPACE, { document: z.strictObject({ total: z.number() }) })
      strict(): void {
        seen.push('strict');
      }
      @OnInsert(NAMESPACE, { document: z.looseObject({ total: z.number() }) })
      loose(event: InsertEvent<object>): void {
        seen.push(event.fullDocument);
      }
    }
    const { dispatcher } = await anApplication({ providers: [Handlers] });
    const { failures } = await dispatcher.dispatch(insertOf({ total: 5, note: 'x' }), aDelivery());
    expect(failures).toMatchObject([{ handler: 'Handlers.strict', reason: 'validation-failed' }]);
    expect((failures[0]?.error as Error).message).toContain('(document): Unrecognized key');
    expect(seen).toEqual([{ total: 5, note: 'x' }]);
  });

  it('is passed as it is where there is none: a delete, and an update whose look-up found nothing', async () => {
    const { seen, deliver } = await aHandlerWith(order);
    const nothingFound = { ...insertOf({}), operation: 'update', updateDescription: {} } as unknown as UpdateEvent;
    const events: ChangeEvent[] = [
      anEvent('delete', { db: 'shop', coll: 'orders' }) as DeleteEvent,
      { ...nothingFound, fullDocument: null },
      { ...nothingFound, fullDocument: undefined },
    ].map((event) => (event.operation === 'delete' ? { ...event, fullDocument: undefined } : event));
    for (const event of events) expect((await deliver(event)).failures).toEqual([]);
    expect(seen).toEqual(events);
  });

  it('may be parsed by a schema that answers later, of any library', async () => {
    const later: StandardSchema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (value) =>
          Promise.resolve(
            (value as { ok: boolean }).ok
              ? { value: 'parsed' }
              : { issues: [{ message: 'no', path: [{ key: 'a' }, 0, 'b'] }] },
          ),
      },
    };
    const { seen, deliver } = await aHandlerWith(later);
    expect((await deliver(insertOf({ ok: true }))).failures).toEqual([]);
    expect(seen).toMatchObject([{ fullDocument: 'parsed' }]);
    const { failures } = await deliver(insertOf({ ok: false }));
    expect((failures[0]?.error as Error).message).toContain('a[0].b: no');
  });

  it('keeps the list of faults bounded, and counts the rest', async () => {
    const { deliver } = await aHandlerWith(z.object({ lines: z.array(z.string()) }));
    const { failures } = await deliver(insertOf({ lines: Array.from({ length: 1_000 }, (_, index) => index) }));
    expect((failures[0]?.error as Error).message).toMatch(/lines\[19\]: [^;]+; and 980 more$/);
  });

  it('whose schema throws is a failure like any other, and tried again', async () => {
    const throwing = z.unknown().refine(() => {
      throw new Error('the look-up is away');
    });
    const { failures } = await (await aHandlerWith(throwing)).deliver(insertOf({}));
    expect(failures).toMatchObject([{ reason: 'handler-failed', attempts: 5 }]);
  });
});
