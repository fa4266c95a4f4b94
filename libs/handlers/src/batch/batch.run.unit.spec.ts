import fc from 'fast-check';
import type { ChangeEvent } from '@sluice/contracts';
import { describe, expect, it } from 'vitest';
import type { HandlerFailure } from '../dispatch/dispatch-result.js';
import { aDelivery, anInsert, RecordingLogger, StepClock } from '../fixtures.spec.js';
import { DEFAULT_RETRY_POLICY } from '../retry/retry.policy.js';
import type { BatchContext } from './batch-context.js';
import { BatchEventUnknownError } from './batch-event-unknown.error.js';
import { BatchRun, type BatchItem } from './batch.run.js';

type Outcome = 'handled' | 'failed' | 'aborted';

function anItem(document: number, sequence: number, outcomes: Map<string, Outcome[]>, delivery = aDelivery()) {
  const event: ChangeEvent = { ...anInsert(), id: `event-${sequence}`, documentKey: { _id: document } };
  const told: Outcome[] = [];
  outcomes.set(event.id, told);
  const settle = (failure: HandlerFailure | undefined) => void told.push(failure === undefined ? 'handled' : 'failed');
  return { event, delivery, settle, abort: () => void told.push('aborted') } satisfies BatchItem;
}

function aRun(
  invoke: (events: readonly ChangeEvent[], context: BatchContext) => unknown,
  policy = {},
): { run: BatchRun; logger: RecordingLogger; clock: StepClock } {
  const clock = new StepClock();
  const logger = new RecordingLogger();
  const handler = {
    name: 'OrderHandler.batch',
    policy: { ...DEFAULT_RETRY_POLICY, attempts: 3, ...policy },
    invoke: async (events: readonly ChangeEvent[], context: BatchContext) => Promise.resolve(invoke(events, context)),
  };
  return { run: new BatchRun(handler, { clock, logger, onRetry: () => undefined }), logger, clock };
}

describe('a batch', () => {
  it('tells every event once and keeps each document in order, however its handler fails', async () => {
    const plan = fc.record({
      /** Document of each event, and how many of its calls fail; more than all attempts for ever. */
      events: fc.array(fc.record({ document: fc.nat(2), failures: fc.constantFrom(0, 0, 0, 1, 2, 99) }), {
        minLength: 1,
        maxLength: 12,
      }),
      /** How the handler tells a failure: it throws, names the event, or settles what it has done and then throws. */
      tells: fc.constantFrom('throw' as const, 'fail' as const, 'settle-and-throw' as const),
    });
    await fc.assert(
      fc.asyncProperty(plan, async ({ events, tells }) => {
        const outcomes = new Map<string, Outcome[]>();
        const items = events.map(({ document }, sequence) => anItem(document, sequence, outcomes));
        const failuresLeft = new Map<string, number>(
          items.map(({ event }, index) => [event.id, events[index]?.failures ?? 0]),
        );
        const done: string[] = [];
        const { run } = aRun((batch, context) => {
          const failedDocuments = new Set<unknown>();
          for (const event of batch) {
            const document = 'documentKey' in event ? event.documentKey._id : undefined;
            if (failedDocuments.has(document)) continue;
            const left = failuresLeft.get(event.id) ?? 0;
            failuresLeft.set(event.id, left - 1);
            if (left <= 0) {
              done.push(event.id);
              if (tells === 'settle-and-throw') context.settle(event);
              continue;
            }
            if (tells !== 'fail') throw new Error(event.id);
            context.fail(event, new Error(event.id));
            failedDocuments.add(document);
          }
        });
        await run.settle(items);
        for (const [index, { event }] of items.entries()) {
          const told = outcomes.get(event.id) ?? [];
          expect(told).toHaveLength(1);
          expect(told[0] === 'handled').toBe(done.includes(event.id));
          if (events[index]?.failures === 99) expect(told).toEqual(['failed']);
          if (events[index]?.failures === 0 && tells !== 'fail') expect(told).toEqual(['handled']);
        }
        expectFirstCallsInOrder(items, outcomes, done);
      }),
    );
  });

  it('is handed over one event at a time after its attempts, so that only the one at fault fails', async () => {
    const outcomes = new Map<string, Outcome[]>();
    const items = [1, 2, 3].map((document) => anItem(document, document, outcomes));
    const calls: number[] = [];
    const { run } = aRun((events) => {
      calls.push(events.length);
      if (events.some(({ id }) => id === 'event-2')) throw new Error('poison');
    });
    await run.settle(items);
    expect(calls).toEqual([3, 3, 3, 1, 1, 1]);
    expect(Object.fromEntries(outcomes)).toEqual({
      'event-1': ['handled'],
      'event-2': ['failed'],
      'event-3': ['handled'],
    });
  });

  it('hands over again only what failed and what came after it of the same document', async () => {
    const outcomes = new Map<string, Outcome[]>();
    const items = [1, 2, 1, 3].map((document, sequence) => anItem(document, sequence, outcomes));
    const calls: string[][] = [];
    const { run } = aRun((events, context) => {
      calls.push(events.map(({ id }) => id));
      const [first] = events;
      if (context.attempt === 1 && first !== undefined) context.fail(first, new Error('busy'));
    });
    await run.settle(items);
    expect(calls).toEqual([
      ['event-0', 'event-1', 'event-2', 'event-3'],
      ['event-0', 'event-2'],
    ]);
    expect([...outcomes.values()]).toEqual([['handled'], ['handled'], ['handled'], ['handled']]);
  });

  it('is not handed over again once its delivery is stopping', async () => {
    const stopping = new AbortController();
    const outcomes = new Map<string, Outcome[]>();
    const items = [1, 2].map((each) => anItem(each, each, outcomes, aDelivery({ stopping: stopping.signal })));
    const { run } = aRun((events, context) => {
      const [first] = events;
      if (first !== undefined) context.settle(first);
      stopping.abort();
      throw new Error('cut off');
    });
    await run.settle(items);
    expect(Object.fromEntries(outcomes)).toEqual({ 'event-1': ['handled'], 'event-2': ['aborted'] });
  });

  it('refuses a verdict on an event that is not its own, which is a failure like any other', async () => {
    const outcomes = new Map<string, Outcome[]>();
    const errors: unknown[] = [];
    const retryIf = (error: unknown) => {
      errors.push(error);
      return false;
    };
    const { run } = aRun((_, context) => context.settle(anInsert()), { retryIf });
    await run.settle([anItem(1, 1, outcomes)]);
    expect(errors[0]).toBeInstanceOf(BatchEventUnknownError);
    expect([...outcomes.values()]).toEqual([['failed']]);
  });
});

/** No event is done for the first time before an earlier one of its document was done or has failed for good. */
function expectFirstCallsInOrder(
  items: readonly BatchItem[],
  outcomes: ReadonlyMap<string, Outcome[]>,
  done: readonly string[],
): void {
  const documentOf = ({ event }: BatchItem) => ('documentKey' in event ? event.documentKey._id : undefined);
  for (const [index, item] of items.entries()) {
    for (const later of items.slice(index + 1).filter((each) => documentOf(each) === documentOf(item))) {
      const [first, second] = [done.indexOf(item.event.id), done.indexOf(later.event.id)];
      if (first < 0 || second < 0 || outcomes.get(item.event.id)?.[0] === 'failed') continue;
      expect(first).toBeLessThan(second);
    }
  }
}
