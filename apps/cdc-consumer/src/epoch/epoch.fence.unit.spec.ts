import { Logger } from '@nestjs/common';
import { HEADER_EPOCH, HEADER_POSITION, HEADER_STREAM, topologyNames } from '@sluice/contracts';
import type { AloneStep, Delivery } from '@sluice/messaging';
import { describe, expect, it, vi } from 'vitest';
import { EpochFence, type Passage } from './epoch.fence.js';
import { EpochStore } from './epoch.store.js';

class MemoryEpochs extends EpochStore {
  readonly saved = new Map<string, number>();
  loads = 0;
  away = false;

  override load(): Promise<Map<string, number>> {
    this.loads += 1;
    return this.away ? Promise.reject(new Error('away')) : Promise.resolve(new Map(this.saved));
  }
  override raise(_queue: string, stream: string, epoch: number): Promise<void> {
    if (this.away) return Promise.reject(new Error('away'));
    this.saved.set(stream, Math.max(epoch, this.saved.get(stream) ?? 0));
    return Promise.resolve();
  }
  override highest(): Promise<Map<string, number>> {
    return this.load();
  }
  override async raiseAll(queues: readonly string[], epochs: ReadonlyMap<string, number>): Promise<void> {
    for (const queue of queues) for (const [stream, epoch] of epochs) await this.raise(queue, stream, epoch);
  }
}

const names = topologyNames('sluice.events');
const signals = { stopping: new AbortController().signal, over: new AbortController().signal, isFull: () => false };

function aDelivery(epoch: unknown, exchange = names.exchange): Delivery {
  return { queue: 'q', exchange, properties: { headers: { [HEADER_EPOCH]: epoch } } } as unknown as Delivery; // what is read
}

async function done(passage: Passage): Promise<void> {
  expect(passage).toBeTypeOf('function');
  await (passage as AloneStep)(signals);
}

function aFence(store: EpochStore): EpochFence {
  const fence = new EpochFence(store, names);
  fence.taken('q');
  return fence;
}

describe('the epoch fence', () => {
  it('asks the database once for each epoch, and for none that is known', async () => {
    const store = new MemoryEpochs();
    const raise = vi.spyOn(store, 'raise');
    const fence = aFence(store);
    await done(fence.passageOf(aDelivery(3), 'shop'));
    for (let event = 0; event < 100; event++) expect(fence.passageOf(aDelivery(3), 'shop')).toBe('pass');
    await done(fence.passageOf(aDelivery(4), 'shop'));
    expect(fence.passageOf(aDelivery(3), 'shop')).toBe('old');
    expect([store.loads, raise.mock.calls.length]).toEqual([1, 2]);
  });

  it('names the first event that it keeps out', async () => {
    const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
    const fence = aFence(new MemoryEpochs());
    await done(fence.passageOf(aDelivery(4), 'shop'));
    const headers = { [HEADER_EPOCH]: 3, [HEADER_STREAM]: 'shop', [HEADER_POSITION]: 'here' };
    const late = { ...aDelivery(3), properties: { messageId: 'event-1', headers } } as unknown as Delivery; // what is read
    expect(fence.passageOf(late, 'shop')).toBe('old');
    expect(warn.mock.calls[0]?.[0]).toMatchObject({ eventId: 'event-1', stream: 'shop', position: 'here' });
    warn.mockRestore();
  });

  it('knows nothing of an epoch that is not saved', async () => {
    const store = new MemoryEpochs();
    const fence = aFence(store);
    await done(fence.passageOf(aDelivery(1), 'shop'));
    store.away = true;
    const stopping = new AbortController();
    const step = fence.passageOf(aDelivery(2), 'shop') as AloneStep;
    const stopped = step({ ...signals, stopping: stopping.signal });
    stopping.abort(new Error('stopped'));
    await expect(stopped).rejects.toThrow();
    expect(fence.passageOf(aDelivery(1), 'shop')).toBe('pass');
  });

  it('reads again what is saved when the partition is taken again', async () => {
    const store = new MemoryEpochs();
    const fence = aFence(store);
    await done(fence.passageOf(aDelivery(1), 'shop'));
    store.saved.set('shop', 2); // by another replica, which had the partition meanwhile
    fence.taken('q');
    await done(fence.passageOf(aDelivery(1), 'shop'));
    expect(fence.passageOf(aDelivery(1), 'shop')).toBe('old');
  });

  it.each([
    ['has no epoch', aDelivery(undefined)],
    ['has one that is no number', aDelivery('7')],
    ['came by another exchange', aDelivery(1, 'sluice.group.mirror')],
  ])('lets pass what %s', async (_what, delivery) => {
    const fence = aFence(new MemoryEpochs());
    await done(fence.passageOf(aDelivery(9), 'shop'));
    expect(fence.passageOf(delivery, 'shop')).toBe('pass');
  });
});
