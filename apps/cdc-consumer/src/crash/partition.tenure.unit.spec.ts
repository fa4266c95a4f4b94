import type { DeliveryOutcome, DeliveryTask } from '@sluice/messaging';
import { describe, expect, it } from 'vitest';
import { PartitionTenure } from './partition.tenure.js';

const signals = { stopping: new AbortController().signal, over: new AbortController().signal };
type Outcome = Awaited<ReturnType<DeliveryTask['run']>>;
const taskThat = (run: () => Outcome): DeliveryTask => ({ lane: 'one', run: () => Promise.resolve(run()) });
const task = (outcome: Outcome) => taskThat(() => outcome);
const again = { redelivered: true };
const fresh = { redelivered: false };

describe('a hold of a partition', () => {
  it('suspects nothing unless told, and then only what comes again', () => {
    const tenure = new PartitionTenure();
    expect([tenure.suspects(again), tenure.isThrough]).toEqual([false, true]);
    tenure.suspect();
    expect([tenure.suspects(again), tenure.suspects(fresh)]).toEqual([true, false]);
  });

  it('is through when something fresh has come and all before it has settled', async () => {
    const tenure = new PartitionTenure();
    const first = tenure.follow(again, task('settled')); // before it is told: the state database answers later
    tenure.suspect();
    const second = tenure.follow(again, task('settled'));
    await first.run(signals);
    expect(tenure.isThrough).toBe(false);
    tenure.follow(fresh, task('settled'));
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
    tenure.suspect();
    const followed = tenure.follow(again, taskThat(outcome));
    tenure.follow(fresh, task('settled'));
    await followed.run(signals);
    await new Promise((resolve) => setImmediate(resolve));
    expect(tenure.isThrough).toBe(false);
  });

  it('waits for the batch of an event', async () => {
    const tenure = new PartitionTenure();
    tenure.suspect();
    let settle: (outcome: DeliveryOutcome) => void = () => undefined;
    const later = new Promise<DeliveryOutcome>((resolve) => (settle = resolve));
    const followed = tenure.follow(again, task({ later }));
    tenure.follow(fresh, task('settled'));
    await followed.run(signals);
    expect(tenure.isThrough).toBe(false);
    settle('settled');
    await new Promise((resolve) => setImmediate(resolve));
    expect(tenure.isThrough).toBe(true);
  });
});
