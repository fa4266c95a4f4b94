import { setTimeout as sleep } from 'node:timers/promises';
import type { ChangeEvent } from '@sluice/contracts';
import { aReplace, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

const DOCUMENTS = 25;
const VERSIONS = 40;

function changes(): ChangeEvent<object>[] {
  return Array.from({ length: DOCUMENTS * VERSIONS }, (_, n) =>
    aReplace('shop.orders', { _id: n % DOCUMENTS, version: Math.floor(n / DOCUMENTS) + 1 }),
  );
}

/** Every version was handled, and none before the one that precedes it; repeats are whole runs in order. */
function expectInOrder(versions: readonly number[]): void {
  let newest = 0;
  let previous = 0;
  for (const version of versions) {
    expect(version === previous + 1 || version <= previous, `${version} after ${previous} in ${versions.join()}`).toBe(
      true,
    );
    previous = version;
    newest = Math.max(newest, version);
  }
  expect(newest).toBe(VERSIONS);
}

describe('a consumer', () => {
  let system: ConsumerSystem;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
  });
  afterEach(() => system.close());

  it('handles the events of each document in order, and of many documents at the same time', async () => {
    let active = 0;
    let most = 0;
    const handler = new RecordingHandler(async () => {
      most = Math.max(most, ++active);
      await sleep(1);
      active -= 1;
    });
    const consumer = await system.consumer({ handlers: [handler] });
    await system.broker.publish(...changes());
    await eventually(() => handler.handled.length === DOCUMENTS * VERSIONS);
    for (let id = 0; id < DOCUMENTS; id++)
      expect(handler.versionsOf(id)).toEqual(Array.from({ length: VERSIONS }, (_, n) => n + 1));
    expect(handler.overlaps).toEqual([]);
    expect(most).toBeGreaterThan(1);
    await eventually(async () => (await consumer.group()).counters.handled === DOCUMENTS * VERSIONS);
    expect(await consumer.stop()).toBe(0);
    expect(await system.broker.depth(system.queue(0))).toBe(0);
    expect(await system.broker.depth(system.queue(1))).toBe(0);
  });

  it('keeps the order of each document when its connection is cut while events are being handled', async () => {
    const handler = new RecordingHandler(() => sleep(2));
    await system.consumer({ handlers: [handler] });
    await system.broker.publish(...changes());
    for (const handled of [200, 600]) {
      await eventually(() => handler.handled.length > handled);
      system.gate.cut();
    }
    await eventually(() =>
      Array.from({ length: DOCUMENTS }, (_, id) => handler.versionsOf(id)).every((versions) =>
        versions.includes(VERSIONS),
      ),
    );
    await eventually(async () => (await system.broker.depth(system.queue(0))) === 0);
    for (let id = 0; id < DOCUMENTS; id++) expectInOrder(handler.versionsOf(id));
    expect(handler.overlaps).toEqual([]);
    expect(handler.handled.length).toBeGreaterThanOrEqual(DOCUMENTS * VERSIONS);
  });
});
