import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeEvent, ReplaceEvent } from '@sluice/contracts';
import { OnBatch, type BatchContext } from '@sluice/handlers';
import { aReplace, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem } from './consumer/consumer-system.js';
import type { Versioned } from './consumer/recording.handler.js';

const DOCUMENTS = 20;
const VERSIONS = 50;

function changes(): ChangeEvent<object>[] {
  return Array.from({ length: DOCUMENTS * VERSIONS }, (_, n) =>
    aReplace('shop.orders', { _id: n % DOCUMENTS, version: Math.floor(n / DOCUMENTS) + 1 }),
  );
}

/** Records what it has taken in, batch by batch. */
class RecordingBatches {
  readonly sizes: number[] = [];
  readonly versions = new Map<number, number[]>();

  constructor(private readonly work: (batch: readonly Versioned[], context: BatchContext) => unknown) {}

  @OnBatch('shop.orders', {
    maxEvents: 50,
    maxWaitMs: 20,
    operations: ['replace'],
    retry: { attempts: 2, initialDelayMs: 1 },
  })
  async store(events: readonly ReplaceEvent<Versioned>[], context: BatchContext): Promise<void> {
    const documents = events.map(({ fullDocument: { _id, version } }) => ({ _id, version }));
    await this.work(documents, context);
    this.sizes.push(documents.length);
    for (const { _id, version } of documents) this.versions.set(_id, [...(this.versions.get(_id) ?? []), version]);
  }

  get count(): number {
    return [...this.versions.values()].reduce((sum, versions) => sum + versions.length, 0);
  }
}

describe('a handler of batches', () => {
  let system: ConsumerSystem;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
  });
  afterEach(() => system.close());

  it('gets several events of one document at once, in order, and none is acknowledged before its batch', async () => {
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (release = resolve));
    const handler = new RecordingBatches(() => held);
    const consumer = await system.consumer({ handlers: [handler] });
    await system.broker.publish(...changes());
    await eventually(async () => (await consumer.group()).counters.received === 400); // both partitions' prefetch
    const waiting = await Promise.all([0, 1].map((partition) => system.broker.depth(system.queue(partition))));
    expect(waiting.reduce((sum, depth) => sum + depth, 0)).toBe(DOCUMENTS * VERSIONS - 400); // an acknowledgement would have let more come
    release();
    await eventually(() => handler.count === DOCUMENTS * VERSIONS);
    expect(Math.max(...handler.sizes)).toBe(50);
    for (const versions of handler.versions.values()) {
      expect(versions).toEqual(Array.from({ length: VERSIONS }, (_, n) => n + 1));
    }
    await eventually(async () => (await consumer.group()).counters.handled === DOCUMENTS * VERSIONS);
  });

  it('keeps each document in order and loses nothing when the connection is cut and the consumer stops', async () => {
    const handler = new RecordingBatches(() => sleep(5));
    const first = await system.consumer({ handlers: [handler] });
    await system.broker.publish(...changes());
    await eventually(() => handler.count > 200);
    system.gate.cut();
    await eventually(() => handler.count > 500);
    expect(await first.stop()).toBe(0);
    await system.consumer({ handlers: [handler] });
    await eventually(() => [...handler.versions.values()].every((versions) => versions.includes(VERSIONS)));
    for (const versions of handler.versions.values()) {
      for (const [index, version] of versions.entries()) expect(version - (versions[index - 1] ?? 0)).toBeLessThan(2);
    }
  });

  it('dead-letters the one event at fault, and not its neighbours in the batch', async () => {
    const handler = new RecordingBatches((batch) => {
      if (batch.some(({ _id, version }) => _id === 7 && version === 3)) throw new Error('poison');
    });
    const consumer = await system.consumer({ handlers: [handler] });
    await system.broker.publish(...changes());
    await eventually(async () => (await consumer.group()).counters.deadLettered === 1);
    await eventually(async () => (await consumer.group()).counters.handled === DOCUMENTS * VERSIONS - 1);
    const expected = Array.from({ length: VERSIONS }, (_, n) => n + 1).filter((version) => version !== 3);
    expect(handler.versions.get(7)).toEqual(expected);
    const letter = await system.broker.deadLetter(system.group);
    expect(letter?.properties.headers).toMatchObject({
      'x-sluice-dead-letter-handler': 'RecordingBatches.store',
      'x-sluice-dead-letter-error-message': 'poison',
    });
  });
});
