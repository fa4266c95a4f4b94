import { REPLAY_HEADERS } from '@sluice/contracts';
import type { Delivery, DeliveryOutcome, DeliveryTask } from '@sluice/messaging';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NOTED_AT_ONCE, PartitionTenure } from './partition.tenure.js';

const signals = { stopping: new AbortController().signal, over: new AbortController().signal };
type Outcome = Awaited<ReturnType<DeliveryTask['run']>>;
const taskThat = (run: () => Outcome): DeliveryTask => ({ lane: 'one', run: () => Promise.resolve(run()) });
const task = (outcome: Outcome) => taskThat(() => outcome);

/** The fields that a tenure reads. */
function aDelivery(messageId: string | undefined, redelivered = true, headers = {}): Delivery {
  return { redelivered, properties: { messageId, headers } } as unknown as Delivery;
}
const again = (id = 'e1') => aDelivery(id);
const fresh = () => aDelivery('new', false);

/** A suspect partition with these deliveries, of which each settles when it is run. */
function suspectTenure(ids: readonly string[], shortlist: readonly string[] = []) {
  const tenure = new PartitionTenure();
  const tasks = new Map(ids.map((id) => [id, tenure.follow(again(id), task('settled'))]));
  tenure.suspect(shortlist);
  return { tenure, settle: async (id: string) => void (await tasks.get(id)?.run(signals)) };
}

const named = (count: number) => Array.from({ length: count }, (_, index) => `e${index}`);

describe('a hold of a partition', () => {
  it('suspects nothing unless told, and then only what comes again', () => {
    const tenure = new PartitionTenure();
    expect([tenure.suspects(again()), tenure.isThrough]).toEqual([false, true]);
    tenure.suspect([]);
    expect([tenure.suspects(again()), tenure.suspects(fresh())]).toEqual([true, false]);
  });

  it('is through when something fresh has come and all that came again has settled', async () => {
    const tenure = new PartitionTenure();
    const first = tenure.follow(again(), task('settled')); // before it is told: the state database answers later
    tenure.suspect([]);
    const second = tenure.follow(again(), task('settled'));
    await first.run(signals);
    expect(tenure.isThrough).toBe(false);
    tenure.follow(fresh(), task('settled'));
    expect(tenure.isThrough).toBe(false);
    await second.run(signals);
    expect(tenure.isThrough).toBe(true);
  });

  it.each([
    ['left', () => 'left' as const],
    ['left by its batch', () => ({ later: Promise.resolve<DeliveryOutcome>('left') })],
    ['a defect of its batch', () => ({ later: Promise.reject<DeliveryOutcome>(new Error('defect')) })],
  ])('is not through while one is %s', async (_what, outcome) => {
    const tenure = new PartitionTenure();
    tenure.suspect([]);
    const followed = tenure.follow(again(), taskThat(outcome));
    tenure.follow(fresh(), task('settled'));
    await followed.run(signals);
    await new Promise((resolve) => setImmediate(resolve));
    expect(tenure.isThrough).toBe(false);
  });

  it('waits for the batch of an event', async () => {
    const tenure = new PartitionTenure();
    tenure.suspect([]);
    let settle: (outcome: DeliveryOutcome) => void = () => undefined;
    const later = new Promise<DeliveryOutcome>((resolve) => (settle = resolve));
    const followed = tenure.follow(again(), task({ later }));
    tenure.follow(fresh(), task('settled'));
    await followed.run(signals);
    expect(tenure.isThrough).toBe(false);
    settle('settled');
    await new Promise((resolve) => setImmediate(resolve));
    expect(tenure.isThrough).toBe(true);
  });
});

describe('what a hold of a partition notes', () => {
  it('is the suspect itself and those behind it, and after the last of them those before', () => {
    const ids = named(NOTED_AT_ONCE + 8);
    const { tenure } = suspectTenure(ids);
    expect(tenure.nextNote(again('e4'))).toEqual(ids.slice(4, 4 + NOTED_AT_ONCE));
    expect(tenure.nextNote(again('e12'))).toEqual([...ids.slice(12), ...ids.slice(0, 4)]);
  });

  it('keeps what is shortlisted until it has passed, or can come no more', async () => {
    const { tenure, settle } = suspectTenure(['e1', 'e2', 'e3'], ['e1', 'e2', 'gone']);
    expect(tenure.standingOf(again('e1'))).toBe('shortlisted');
    expect(tenure.nextNote(again('e3'))).toEqual(['e1', 'e2', 'gone', 'e3']);
    await settle('e1');
    expect(tenure.left).toEqual(['e2', 'gone']);
    tenure.follow(fresh(), task('settled'));
    expect(tenure.left).toEqual(['e2']);
  });

  it.each([
    ['of another partition', again('other')],
    ['without an id', aDelivery(undefined)],
    ["a replay of one that is its stream's", aDelivery('e1', true, { [REPLAY_HEADERS.letter]: 'l1' })],
  ])('is nothing for a message %s', (_what, message) => {
    const { tenure } = suspectTenure(['e1']);
    tenure.note(['e1']);
    expect([tenure.standingOf(again('e1')), tenure.standingOf(message)]).toEqual(['noted', 'unknown']);
  });

  it('covers each suspect that is called, by one write for dozens, in whatever turns they are called, retried and settled', async () => {
    const run = fc.record({ count: fc.integer({ min: 1, max: 150 }), turns: fc.infiniteStream(fc.nat()) });
    await fc.assert(
      fc.asyncProperty(run, async ({ count, turns }) => {
        const { tenure, settle } = suspectTenure(named(count));
        const open = new Set(named(count));
        let stored: readonly string[] = [];
        let writes = 0;
        for (const turn of turns) {
          const id = [...open][turn % Math.min(open.size, 8)]; // lanes that run at the same time
          if (id === undefined) break;
          if (tenure.standingOf(again(id)) === 'unnoted') {
            stored = tenure.nextNote(again(id));
            tenure.note(stored);
            writes += 1;
          }
          expect(stored).toContain(id);
          if (turn % 3 === 0) continue; // it failed, and is called again later
          await settle(id);
          open.delete(id);
        }
        expect(writes).toBe(Math.ceil(count / NOTED_AT_ONCE));
      }),
    );
  });
});
