import { Injectable } from '@nestjs/common';
import type { InsertEvent } from '@sluice/contracts';
import type { ClientSession } from 'mongodb';
import { describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import type { EventContext } from '../context/event-context.js';
import type { DeliveryInfo } from '../context/delivery-info.js';
import { OnGap, OnInsert } from '../decorators/on-operation.decorator.js';
import { aDelivery, anApplication, anEvent, anInsert } from '../fixtures.spec.js';
import { InboxUnavailableError } from './inbox-unavailable.error.js';
import { Inbox, type InboxEntry, type InboxOutcome, type InboxWork } from './inbox.js';

const session = {} as ClientSession; // only handed through

/** Answers as the test says; by default it calls the handler. */
class ScriptedInbox extends Inbox {
  readonly entries: InboxEntry[] = [];
  answer: (work: InboxWork) => Promise<InboxOutcome> = async (work) => {
    await work(session);
    return { kind: 'handled' };
  };

  override handle(entry: InboxEntry, work: InboxWork): Promise<InboxOutcome> {
    this.entries.push(entry);
    return this.answer(work);
  }
}

async function anApplicationWithOnce(behaviour: (context: EventContext) => unknown = () => undefined) {
  const called = vi.fn(behaviour);
  @Injectable()
  class Handler {
    @OnInsert('shop.orders', { once: { connection: 'orders' }, document: z.object({ total: z.number() }) })
    insert(_event: InsertEvent<{ total: number }>, context: EventContext): unknown {
      return called(context);
    }
    @OnGap({ once: true })
    gap(_event: unknown, context: EventContext): unknown {
      return called(context);
    }
  }
  const inbox = new ScriptedInbox();
  const app = await anApplication({
    imports: [
      {
        module: class InboxModule {},
        global: true,
        providers: [{ provide: Inbox, useValue: inbox }],
        exports: [Inbox],
      },
    ],
    providers: [Handler],
  });
  const observed = { handled: 0, repeated: 0 };
  app.dispatcher.observe({ onHandled: () => (observed.handled += 1), onRepeated: () => (observed.repeated += 1) });
  const deliver = (event = anInsert(), delivery: Partial<DeliveryInfo> = {}) =>
    app.dispatcher.dispatch(event, aDelivery(delivery));
  return { ...app, inbox, called, observed, deliver };
}

describe('a handler with once', () => {
  it('is called through the inbox, with the session of its transaction', async () => {
    const { inbox, called, observed, deliver } = await anApplicationWithOnce((context) => {
      expect(context.session).toBe(session);
      expect(context.getPattern()).toBe('insert.shop.orders');
      expect({ ...context }).toMatchObject({ handler: 'Handler.insert', attempt: 1, group: 'default' });
    });
    expect(await deliver(anInsert(), { replayed: true })).toEqual({ matched: 1, failures: [] });
    expect(called).toHaveBeenCalledOnce();
    expect(observed).toEqual({ handled: 1, repeated: 0 });
    expect(inbox.entries).toMatchObject([
      {
        group: 'default',
        handler: 'Handler.insert',
        eventId: 'event-1',
        stream: 'shop',
        connection: 'orders',
        replayed: true,
        document: { namespace: 'shop.orders', id: 1, deleted: false },
      },
    ]);
  });

  it('has no fence for an event without a document', async () => {
    const { inbox, deliver } = await anApplicationWithOnce();
    const { documentKey: _, ...gap } = anEvent('gap', {}) as InsertEvent;
    await deliver(gap as InsertEvent);
    expect(inbox.entries.at(-1)).not.toHaveProperty('document');
  });

  it('is not called for what the inbox knows, and that is counted', async () => {
    const { inbox, called, observed, deliver } = await anApplicationWithOnce();
    inbox.answer = () => Promise.resolve({ kind: 'repeated' });
    expect(await deliver()).toEqual({ matched: 1, failures: [] });
    expect(called).not.toHaveBeenCalled();
    expect(observed).toEqual({ handled: 0, repeated: 1 });
  });

  it.each([
    ['superseded', { kind: 'superseded', by: { ...anInsert(), eventId: 'later' } }, /event later at \d/],
    ['expired', { kind: 'expired' }, /INBOX_TTL_HOURS/],
  ] as const)('is not called for what is %s: a dead letter at once', async (reason, outcome, message) => {
    const { inbox, called, clock, deliver } = await anApplicationWithOnce();
    inbox.answer = () => Promise.resolve(outcome);
    const { failures } = await deliver();
    expect(failures).toMatchObject([
      { reason, attempts: 1, error: { message: expect.stringMatching(message) as string } },
    ]);
    expect(called).not.toHaveBeenCalled();
    expect(clock.waits).toEqual([]);
  });

  it('parses its document inside: what was handled before is not parsed again', async () => {
    const { inbox, deliver } = await anApplicationWithOnce();
    const misfit = { ...anInsert(), fullDocument: { _id: 1, total: 'five' } };
    expect((await deliver(misfit)).failures).toMatchObject([{ reason: 'validation-failed' }]);
    inbox.answer = () => Promise.resolve({ kind: 'repeated' });
    expect((await deliver(misfit)).failures).toEqual([]);
  });

  it('fails as any other, a new transaction for each attempt', async () => {
    const { inbox, deliver } = await anApplicationWithOnce(() => {
      throw new Error('always');
    });
    expect((await deliver()).failures).toMatchObject([{ reason: 'handler-failed', attempts: 5 }]);
    expect(inbox.entries).toHaveLength(5);
  });

  it('waits for an inbox that is away for as long as it takes, without using up its attempts', async () => {
    const { inbox, called, clock, logger, deliver } = await anApplicationWithOnce();
    const { answer } = inbox;
    let away = 50;
    inbox.answer = (work) => (away-- > 0 ? Promise.reject(new InboxUnavailableError('away')) : answer(work));
    expect((await deliver()).failures).toEqual([]);
    expect(called).toHaveBeenCalledOnce();
    expect(clock.waits).toHaveLength(50);
    expect(Math.max(...clock.waits)).toBeLessThanOrEqual(5_000);
    expect(logger.lines).toMatchObject([{ level: 'warn', message: 'the inbox is away, the event waits' }]);
  });

  it('gives the event back when the delivery stops meanwhile', async () => {
    const { inbox, clock, deliver } = await anApplicationWithOnce();
    inbox.answer = () => Promise.reject(new InboxUnavailableError('away'));
    const stop = new AbortController();
    clock.onWait = () => stop.abort();
    await expect(deliver(anInsert(), { stopping: stop.signal })).rejects.toMatchObject({
      code: 'SLUICE-HANDLER-DISPATCH-ABORTED',
    });
  });

  it('leaves the event unacknowledged in an application without an inbox', async () => {
    @Injectable()
    class Handler {
      @OnInsert('shop.orders', { once: true })
      insert(): void {}
    }
    const { dispatcher } = await anApplication({ providers: [Handler] });
    await expect(dispatcher.dispatch(anInsert(), aDelivery())).rejects.toMatchObject({ code: 'SLUICE-INBOX-MISSING' });
  });
});

describe('a handler without once', () => {
  it('has no session, and is told how to get one', async () => {
    @Injectable()
    class Handler {
      @OnInsert('shop.orders', { retry: { attempts: 1 } })
      insert(_event: InsertEvent, context: EventContext): unknown {
        return context.session;
      }
    }
    const { dispatcher } = await anApplication({ providers: [Handler] });
    const { failures } = await dispatcher.dispatch(anInsert(), aDelivery());
    expect(failures).toMatchObject([{ error: { code: 'SLUICE-HANDLER-SESSION-MISSING' } }]);
  });
});
