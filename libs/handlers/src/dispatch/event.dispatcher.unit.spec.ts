import { Injectable } from '@nestjs/common';
import { positionKey } from '@sluice/contracts';
import { describe, expect, it, vi } from 'vitest';
import type { EventContext } from '../context/event-context.js';
import { OnGap, OnInsert } from '../decorators/on-operation.decorator.js';
import { aDelivery, anApplication, anEvent, anInsert } from '../fixtures.spec.js';
import type { RetryOptions } from '../retry/retry.policy.js';

type Behaviour = (context: EventContext) => unknown;

/** An application with one handler per behaviour: `First.handle`, `Second.handle`. */
async function anApplicationThat(first: Behaviour, second: Behaviour = () => undefined, retry?: RetryOptions) {
  @Injectable()
  class First {
    @OnInsert('shop.orders', retry === undefined ? {} : { retry })
    handle(_event: unknown, context: EventContext): unknown {
      return first(context);
    }
  }
  @Injectable()
  class Second {
    @OnInsert('shop.*')
    handle(_event: unknown, context: EventContext): unknown {
      return second(context);
    }
  }
  return anApplication({ providers: [First, Second] });
}

/** Fails until its `succeedsAt`-th call. */
function flaky(succeedsAt: number) {
  return vi.fn((context: EventContext) => {
    if (context.attempt < succeedsAt) throw new Error(`attempt ${String(context.attempt)}`);
  });
}

describe('the dispatcher', () => {
  it('runs every handler that matches and reports none that failed', async () => {
    const handlers = [vi.fn(), vi.fn()] as const;
    const { dispatcher } = await anApplicationThat(...handlers);
    expect(await dispatcher.dispatch(anInsert(), aDelivery())).toEqual({ matched: 2, failures: [] });
    for (const handler of handlers) expect(handler).toHaveBeenCalledOnce();
  });

  it('reports an event that nobody wants as matched by none', async () => {
    const { dispatcher } = await anApplicationThat(vi.fn());
    const event = anEvent('delete', { db: 'shop', coll: 'orders' });
    expect(await dispatcher.dispatch(event, aDelivery())).toEqual({ matched: 0, failures: [] });
  });

  it('repeats only the handler that failed', async () => {
    const first = flaky(3);
    const second = vi.fn();
    const { dispatcher, clock } = await anApplicationThat(first, second);
    expect(await dispatcher.dispatch(anInsert(), aDelivery())).toEqual({ matched: 2, failures: [] });
    expect(first).toHaveBeenCalledTimes(3);
    expect(second).toHaveBeenCalledOnce();
    expect(clock.waits).toEqual([50, 100]); // half of 100 and of 200
  });

  it('does not let one handler’s retries hold up another', async () => {
    let release: () => void = () => undefined;
    const second = vi.fn();
    const { dispatcher, clock } = await anApplicationThat(flaky(2), second);
    clock.onWait = () => new Promise((resolve) => (release = resolve));
    const dispatched = dispatcher.dispatch(anInsert(), aDelivery());
    await vi.waitFor(() => expect(clock.waits).toHaveLength(1));
    await vi.waitFor(() => expect(second).toHaveBeenCalledOnce());
    release();
    expect(await dispatched).toEqual({ matched: 2, failures: [] });
  });

  it('reports a failure with its last error, attempts and times once the attempts are used up', async () => {
    const { dispatcher } = await anApplicationThat(flaky(99));
    const { failures } = await dispatcher.dispatch(anInsert(), aDelivery());
    expect(failures).toEqual([
      {
        handler: 'First.handle',
        reason: 'handler-failed',
        error: new Error('attempt 5'),
        attempts: 5,
        firstFailedAt: new Date(0),
        lastFailedAt: new Date(50 + 100 + 200 + 400),
      },
    ]);
  });

  it('follows the policy of the handler before that of the module', async () => {
    const hopeless = vi.fn(() => {
      throw new SyntaxError('poison');
    });
    const { dispatcher } = await anApplicationThat(hopeless, undefined, {
      retryIf: (error) => !(error instanceof SyntaxError),
    });
    const { failures } = await dispatcher.dispatch(anInsert(), aDelivery());
    expect(hopeless).toHaveBeenCalledOnce();
    expect(failures).toMatchObject([{ attempts: 1 }]);
  });

  it.each([
    ['a string', 'text'],
    ['undefined', undefined],
    ['null', null],
  ])('loses no error: %s thrown is a failure, at once and in a promise', async (_, thrown) => {
    // Typed as an error only for the linter; JavaScript throws what it likes.
    const error = thrown as unknown as Error;
    const { dispatcher } = await anApplicationThat(
      () => {
        throw error;
      },
      () => Promise.reject(error),
    );
    const { failures } = await dispatcher.dispatch(anInsert(), aDelivery());
    expect(failures.map(({ handler, error }) => [handler, error])).toEqual([
      ['First.handle', thrown],
      ['Second.handle', thrown],
    ]);
  });

  it('keeps the handler’s error when its retryIf throws', async () => {
    const { dispatcher, logger } = await anApplicationThat(flaky(99), undefined, {
      retryIf: () => {
        throw new Error('in retryIf');
      },
    });
    const { failures } = await dispatcher.dispatch(anInsert(), aDelivery());
    expect(failures).toMatchObject([{ error: new Error('attempt 1'), attempts: 1 }]);
    expect(logger.lines.map(({ message }) => message)).toContain('retryIf threw; the handler is not called again');
  });

  const identity = { eventId: 'event-1', stream: 'shop', position: positionKey(anInsert().position) };

  it('logs in a handler with the event’s id, stream and position and the handler’s name', async () => {
    const { dispatcher, logger } = await anApplicationThat((context) => context.logger.info('stored', { total: 5 }));
    await dispatcher.dispatch(anInsert(), aDelivery());
    expect(logger.lines).toEqual([
      { level: 'info', message: 'stored', fields: { ...identity, handler: 'First.handle', total: 5 } },
    ]);
  });

  it('logs a retry in one line of words, and the stack of the last attempt with all that finds the event', async () => {
    const { dispatcher, logger } = await anApplicationThat(flaky(99), undefined, { attempts: 2 });
    await dispatcher.dispatch(anInsert(), aDelivery({ deadLetterQueue: 'sluice.dead-letter.default' }));
    const of = { ...identity, operation: 'insert', namespace: 'shop.orders', key: '{"$numberInt":"1"}' };
    expect(logger.lines).toEqual([
      {
        level: 'warn',
        message: 'handler failed, will be called again',
        fields: { ...of, handler: 'First.handle', attempt: 1, delayMs: 50, error: 'Error: attempt 1' },
      },
      {
        level: 'error',
        message: 'handler failed for good',
        fields: {
          ...of,
          handler: 'First.handle',
          reason: 'handler-failed',
          attempts: 2,
          deadLetterQueue: 'sluice.dead-letter.default',
          err: new Error('attempt 2'),
        },
      },
    ]);
  });

  it('names what a change without a document concerns', async () => {
    @Injectable()
    class Failing {
      @OnGap({ retry: { attempts: 1 } })
      handle(): void {
        throw new Error('refused');
      }
    }
    const { dispatcher, logger } = await anApplication({ providers: [Failing] });
    await dispatcher.dispatch(anEvent('gap', {}), aDelivery());
    await dispatcher.dispatch(anEvent('gap', { db: 'shop' }), aDelivery());
    expect(logger.lines.map(({ fields }) => [fields?.['operation'], fields?.['namespace']])).toEqual([
      ['gap', null],
      ['gap', 'shop'],
    ]);
  });

  it('tells its observers of every success, retry and failure, and survives one that throws', async () => {
    const { dispatcher } = await anApplicationThat(flaky(99), flaky(2));
    const told: string[] = [];
    const stop = dispatcher.observe({
      onHandled: (handler) => told.push(`${handler} handled`),
      onRetry: ({ handler, attempt }) => told.push(`${handler} ${String(attempt)}`),
      onFailure: ({ handler, attempts }) => told.push(`${handler} failed after ${String(attempts)}`),
    });
    dispatcher.observe({
      onRetry: () => {
        throw new Error('a broken counter');
      },
    });
    const { failures } = await dispatcher.dispatch(anInsert(), aDelivery());
    expect(failures).toHaveLength(1);
    expect(told.sort()).toEqual([
      'First.handle 1',
      'First.handle 2',
      'First.handle 3',
      'First.handle 4',
      'First.handle failed after 5',
      'Second.handle 1',
      'Second.handle handled',
    ]);
    stop();
    await dispatcher.dispatch(anInsert(), aDelivery());
    expect(told).toHaveLength(7);
  });
});

describe('an aborted dispatch', () => {
  const aborted = { code: 'SLUICE-HANDLER-DISPATCH-ABORTED' };

  it.each(['stopping', 'signal'] as const)('starts no handler after %s has fired', async (name) => {
    const handler = vi.fn();
    const { dispatcher } = await anApplicationThat(handler);
    const dispatched = dispatcher.dispatch(anInsert(), aDelivery({ [name]: AbortSignal.abort() }));
    await expect(dispatched).rejects.toMatchObject(aborted);
    expect(handler).not.toHaveBeenCalled();
  });

  it('cuts no handler that runs while the delivery is stopping, before the time for it is over', async () => {
    const [stopping, over] = [new AbortController(), new AbortController()];
    const seen: boolean[] = [];
    const { dispatcher } = await anApplicationThat((context) => {
      stopping.abort();
      seen.push(context.signal.aborted);
      over.abort();
      seen.push(context.signal.aborted);
    });
    const delivery = aDelivery({ stopping: stopping.signal, signal: over.signal });
    await dispatcher.dispatch(anInsert(), delivery);
    expect(seen).toEqual([false, true]);
  });

  it('ends the wait before a retry and makes no further call', async () => {
    const delivery = new AbortController();
    const first = flaky(99);
    const { dispatcher, clock } = await anApplicationThat(first);
    clock.onWait = () => delivery.abort();
    await expect(dispatcher.dispatch(anInsert(), aDelivery({ stopping: delivery.signal }))).rejects.toMatchObject(
      aborted,
    );
    expect(first).toHaveBeenCalledOnce();
  });

  it('waits for the handlers that run before it rejects', async () => {
    const delivery = new AbortController();
    let release: () => void = () => undefined;
    let settled = false;
    const { dispatcher, clock } = await anApplicationThat(flaky(99), async () => {
      await new Promise<void>((resolve) => (release = resolve));
      settled = true;
    });
    clock.onWait = () => {
      delivery.abort();
      release();
    };
    await expect(dispatcher.dispatch(anInsert(), aDelivery({ stopping: delivery.signal }))).rejects.toMatchObject(
      aborted,
    );
    expect(settled).toBe(true);
  });

  it('resolves when every handler has succeeded in spite of the abort', async () => {
    const delivery = new AbortController();
    const { dispatcher } = await anApplicationThat(() => delivery.abort());
    const dispatched = dispatcher.dispatch(anInsert(), aDelivery({ stopping: delivery.signal }));
    expect(await dispatched).toEqual({ matched: 2, failures: [] });
  });

  it('counts a call that fails after the abort as aborted, not as failed for good', async () => {
    const delivery = new AbortController();
    const { dispatcher } = await anApplicationThat(
      (context) => {
        delivery.abort();
        context.signal.throwIfAborted();
      },
      undefined,
      { attempts: 1 },
    );
    const { signal } = delivery;
    await expect(dispatcher.dispatch(anInsert(), aDelivery({ stopping: signal, signal }))).rejects.toMatchObject(
      aborted,
    );
  });
});
