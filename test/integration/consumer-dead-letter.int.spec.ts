import { Controller } from '@nestjs/common';
import { EventPattern } from '@nestjs/microservices';
import { DEAD_LETTER_HEADERS, decodeChangeEvent, type InsertEvent } from '@sluice/contracts';
import { OnInsert, OnReplace } from '@sluice/handlers';
import { anInsert, aReplace, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConsumerSystem } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

@Controller()
class RefusingController {
  @EventPattern<string>('insert.shop.refused')
  refuse(): void {
    throw new RangeError('the original reason');
  }
}

class FailingHandlers {
  @OnReplace('shop.orders', { retry: { attempts: 1 } })
  first(): void {
    throw new Error('the first fails');
  }
  @OnReplace('shop.orders', { retry: { attempts: 1 } })
  second(): void {
    throw new Error('the second fails');
  }
}

describe('a dead letter', () => {
  let system: ConsumerSystem;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
  });
  afterEach(() => system.close());

  const nextLetter = () => eventually(() => system.broker.deadLetter(system.group));

  it('keeps an event that its handler refuses, while all others go on', async () => {
    const handler = new RecordingHandler(({ _id, version }) => {
      if (_id === 3 && version === 2) throw new TypeError('version 2 of 3 is poison');
    });
    const consumer = await system.consumer({ handlers: [handler] });
    const events = [1, 2, 3].flatMap((version) => [1, 2, 3, 4].map((_id) => aReplace('shop.orders', { _id, version })));
    await system.broker.publish(...events);
    const letter = await nextLetter();
    await eventually(() => handler.handled.length === events.length - 1);
    expect(handler.versionsOf(3)).toEqual([1, 3]);
    expect(letter.properties.headers).toMatchObject({
      [DEAD_LETTER_HEADERS.reason]: 'handler-failed',
      [DEAD_LETTER_HEADERS.group]: 'mirror',
      [DEAD_LETTER_HEADERS.handler]: 'RecordingHandler.handle',
      [DEAD_LETTER_HEADERS.errorName]: 'TypeError',
      [DEAD_LETTER_HEADERS.errorMessage]: 'version 2 of 3 is poison',
      [DEAD_LETTER_HEADERS.attempts]: 2,
    });
    const { event } = decodeChangeEvent(letter.content, String(letter.properties.contentType));
    expect(event).toMatchObject({ fullDocument: { _id: 3, version: 2 } });
    expect(letter.properties.messageId).toBe(event.id);
    const group = await consumer.group();
    expect(group.counters).toMatchObject({ handled: 11, deadLettered: 1, retried: 1 });
    expect(group.handlers).toMatchObject([{ name: 'RecordingHandler.handle', handled: 11, failed: 1 }]);
  });

  it('names the fields that do not keep to the schema, after one attempt', async () => {
    const handled: number[] = [];
    class ParsingHandler {
      @OnInsert('shop.orders', {
        document: z.object({ _id: z.number(), lines: z.array(z.object({ sku: z.string() })) }),
      })
      handle(event: InsertEvent<{ _id: number }>): void {
        handled.push(event.fullDocument._id);
      }
    }
    await system.consumer({ handlers: [new ParsingHandler()] });
    await system.broker.publish(
      anInsert('shop.orders', { _id: 1, lines: [{ sku: 5 }] }),
      anInsert('shop.orders', { _id: 2, lines: [{ sku: 'a' }] }),
    );
    const letter = await nextLetter();
    await eventually(() => handled.length === 1);
    expect(handled).toEqual([2]);
    expect(letter.properties.headers).toMatchObject({
      [DEAD_LETTER_HEADERS.reason]: 'validation-failed',
      [DEAD_LETTER_HEADERS.handler]: 'ParsingHandler.handle',
      [DEAD_LETTER_HEADERS.errorName]: 'DocumentInvalidError',
      [DEAD_LETTER_HEADERS.errorMessage]: expect.stringContaining('lines[0].sku: ') as string,
      [DEAD_LETTER_HEADERS.attempts]: 1,
    });
  });

  it('is counted by the admin HTTP, with the name of its queue', async () => {
    const consumer = await system.consumer({ controllers: [RefusingController] });
    const queue = system.broker.names.deadLetterQueue(system.group);
    expect((await consumer.group()).deadLetters).toEqual({ queue, messages: 0 });
    await system.broker.publish(anInsert('shop.refused', { _id: 1 }));
    await eventually(async () => (await consumer.group()).deadLetters.messages === 1);
    system.gate.shut();
    await eventually(async () => (await consumer.group()).deadLetters.messages === null);
  });

  it('names the original error of an @EventPattern method', async () => {
    await system.consumer({ controllers: [RefusingController] });
    await system.broker.publish(anInsert('shop.refused', { _id: 1 }));
    const { headers } = (await nextLetter()).properties;
    expect(headers).toMatchObject({
      [DEAD_LETTER_HEADERS.handler]: 'RefusingController.refuse',
      [DEAD_LETTER_HEADERS.errorMessage]: 'the original reason',
    });
  });

  it.each([
    [
      'text',
      Buffer.from('hello'),
      { contentType: 'text/plain', correlationId: 'of-the-sender', headers: { theirs: 1 } },
    ],
    [
      'JSON of another shape',
      Buffer.from('{"pattern":"order.created","data":{}}'),
      { contentType: 'application/json' },
    ],
    ['nothing at all', Buffer.alloc(0), {}],
    ['a message that would expire and spread', Buffer.from('x'), { expiration: '60000', headers: { CC: ['other'] } }],
  ])('keeps a message that is not ours as it came: %s', async (_what, body, properties) => {
    const handler = new RecordingHandler();
    await system.consumer({ handlers: [handler] });
    await system.broker.publishTo(system.queue(0), body, properties);
    await system.broker.publish(
      aReplace('shop.orders', { _id: 1, version: 1 }),
      aReplace('shop.orders', { _id: 2, version: 1 }),
    );
    const letter = await nextLetter();
    expect(letter.content).toEqual(body);
    expect(letter.properties.contentType).toBe('contentType' in properties ? properties.contentType : undefined);
    expect(letter.properties.correlationId).toBe('correlationId' in properties ? properties.correlationId : undefined);
    expect(letter.properties.headers).toMatchObject({
      [DEAD_LETTER_HEADERS.reason]: 'unreadable',
      [DEAD_LETTER_HEADERS.errorName]: 'UnreadableMessageError',
    });
    await eventually(() => handler.handled.length === 2);
  });

  it('waits with its event unacknowledged until there is a queue that takes it', async () => {
    const handler = new RecordingHandler(() => {
      throw new Error('refused');
    });
    const consumer = await system.consumer({ handlers: [handler] });
    const deadLetterQueue = system.broker.names.deadLetterQueue(system.group);
    await system.broker.deleteQueue(deadLetterQueue);
    await system.broker.publish(aReplace('shop.orders', { _id: 1, version: 1 }));
    await eventually(async () => (await consumer.group()).counters.retried === 1);
    expect(await consumer.stop()).toBe(0);
    const waiting = async () =>
      (await system.broker.depth(system.queue(0))) + (await system.broker.depth(system.queue(1)));
    await eventually(async () => (await waiting()) === 1);
    await system.consumer({ handlers: [handler] }); // declares the dead-letter queue again
    expect((await nextLetter()).properties.headers).toMatchObject({ [DEAD_LETTER_HEADERS.reason]: 'handler-failed' });
  });

  it('gets its queue back while the consumer runs, where somebody deleted it', async () => {
    const handler = new RecordingHandler(({ _id }) => {
      if (_id === 1) throw new Error('refused');
    });
    await system.consumer({ handlers: [handler] });
    const queue = system.broker.names.deadLetterQueue(system.group);
    await system.broker.deleteQueue(queue);
    await system.broker.publish(...[1, 2].map((_id) => aReplace('shop.orders', { _id, version: 1 })));
    await eventually(() => handler.handled.length === 1);
    await eventually(async () => (await system.broker.depth(queue)) === 1);
  });

  it('is written for each handler that fails, under one event id, and not for those that succeed', async () => {
    class Accepting extends RecordingHandler {}
    const failing = new FailingHandlers();
    const accepting = new Accepting();
    await system.consumer({ handlers: [failing, accepting] });
    await system.broker.publish(aReplace('shop.orders', { _id: 1, version: 1 }));
    const letters = [await nextLetter(), await nextLetter()];
    const handlers = letters.map(({ properties }) => properties.headers?.[DEAD_LETTER_HEADERS.handler] as unknown);
    expect(handlers.sort()).toEqual(['FailingHandlers.first', 'FailingHandlers.second']);
    expect(new Set(letters.map(({ properties }) => properties.messageId as unknown)).size).toBe(1);
    expect(accepting.handled).toEqual([{ _id: 1, version: 1 }]);
  });
});
