import { Injectable } from '@nestjs/common';
import { positionKey, type ChangeEvent, type InsertEvent } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import type { BatchContext } from '../batch/batch-context.js';
import { OnBatch } from '../decorators/on-batch.decorator.js';
import { OnInsert } from '../decorators/on-operation.decorator.js';
import { aDelivery, anApplication, anInsert } from '../fixtures.spec.js';
import type { RetryOptions } from '../retry/retry.policy.js';

const retryIf = (): never => {
  throw new Error('in retryIf');
};
const failing = () => {
  throw new Error('no stock');
};

/** As the line about it names it. */
const named = ({ id, stream, position }: ChangeEvent) => ({ eventId: id, stream, position: positionKey(position) });
const numbered = (number: number): InsertEvent => ({
  ...anInsert(),
  id: `event-${number}`,
  position: { ...anInsert().position, ordinal: number },
});

function single(retry: RetryOptions = {}) {
  @Injectable()
  class Single {
    @OnInsert('shop.orders', { retry })
    stored(): void {
      failing();
    }
  }
  return anApplication({ providers: [Single] });
}

function batched(retry: RetryOptions, handle: (context: BatchContext) => void) {
  @Injectable()
  class Batched {
    @OnBatch('shop.orders', { maxEvents: 3, operations: ['insert'], retry })
    stored(_events: readonly InsertEvent[], context: BatchContext): void {
      handle(context);
    }
  }
  return anApplication({ providers: [Batched] });
}

async function dispatched({ dispatcher }: Awaited<ReturnType<typeof anApplication>>, events: readonly ChangeEvent[]) {
  const results = await Promise.all(events.map((event) => dispatcher.dispatch(event, aDelivery())));
  for (const { batched: later } of results) await later;
}

describe('the event of a line in the log', () => {
  const events = [1, 2, 3].map(numbered);
  const [first = anInsert(), , last = anInsert()] = events;
  const span = { ...named(first), last: named(last) };

  it('is named where retryIf threw', async () => {
    const application = await single({ retryIf });
    await dispatched(application, [first]);
    expect(application.logger.lines[0]).toMatchObject({
      message: 'retryIf threw; the handler is not called again',
      fields: { ...named(first), handler: 'Single.stored' },
    });
  });

  it('is named where retryIf threw over a batch, by the first that failed', async () => {
    const application = await batched({ retryIf, attempts: 2 }, failing);
    await dispatched(application, events);
    expect(application.logger.lines[0]).toMatchObject({
      message: 'retryIf threw; the handler is not called again',
      fields: { ...named(first), handler: 'Batched.stored' },
    });
  });

  it('is named where an observer threw', async () => {
    const application = await single({ attempts: 1 });
    application.dispatcher.observe({ onFailure: failing });
    await dispatched(application, [first]);
    expect(application.logger.lines[1]).toMatchObject({
      message: 'an observer of the dispatcher threw',
      fields: named(first),
    });
  });

  it('is the first and the last of a batch that is handed over again', async () => {
    const application = await batched({ attempts: 2 }, ({ attempt }) => (attempt === 1 ? failing() : undefined));
    await dispatched(application, events);
    expect(application.logger.lines).toMatchObject([{ level: 'warn', fields: { ...span, events: 3, attempt: 1 } }]);
  });

  it('is the first and the last of the batch in what its handler logs', async () => {
    const application = await batched({}, ({ logger }) => logger.info('stored', { total: 5 }));
    await dispatched(application, events);
    expect(application.logger.lines).toEqual([
      { level: 'info', message: 'stored', fields: { ...span, handler: 'Batched.stored', events: 3, total: 5 } },
    ]);
  });
});
