import type { ChangeEvent, GapEvent } from '@sluice/contracts';
import { OnGap } from '@sluice/handlers';
import { EventBuilder, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { ConsumerSystem, type TestConsumer } from './consumer/consumer-system.js';
import { RecordingHandler, type Versioned } from './consumer/recording.handler.js';

const DOCUMENTS = Array.from({ length: 40 }, (_, id) => id);
const VERSIONS = 50;
/** Few, so that the flow stands still where a fault keeps some of them. */
const env = { PREFETCH: '20', CONCURRENCY: '8' };

/** What all replicas began to handle, in its order, and what is to happen when so many have been begun. */
class Flow {
  readonly begun: Versioned[] = [];
  readonly gaps: GapEvent[] = [];
  private readonly deeds = new Map<number, () => void>();

  begin(document: Versioned): void {
    this.begun.push(document);
    this.deeds.get(this.begun.length)?.();
  }

  /** Does something in the middle of the flow; resolves when it is done. */
  at<T>(count: number, deed: () => Promise<T>): Promise<T> {
    return new Promise((done) => this.deeds.set(count, () => done(deed())));
  }

  /** All events were handled; a repeat is allowed, a version that was skipped is not, and neither is one gone back. */
  expectAllInOrder(): void {
    for (const id of DOCUMENTS) {
      const versions = this.begun.filter(({ _id }) => _id === id).map(({ version }) => version);
      const skips = versions.filter((version, index) => version > (versions[index - 1] ?? 0) + 1);
      expect(skips, `of document ${id}: ${versions.join(' ')}`).toEqual([]);
      expect(versions.at(-1)).toBe(VERSIONS);
    }
  }
}

class FlowHandler extends RecordingHandler {
  constructor(private readonly flow: Flow) {
    super(async (document) => {
      flow.begin(document);
      await new Promise(setImmediate);
    });
  }

  @OnGap()
  gap(event: GapEvent): void {
    this.flow.gaps.push(event);
  }
}

describe('2,000 events are handled in order per document, and each is acknowledged', () => {
  let system: ConsumerSystem;
  let flow: Flow;
  let events: ChangeEvent<object>[];
  const rejections: unknown[] = [];
  const handlers: FlowHandler[] = [];
  beforeEach(async () => {
    system = await ConsumerSystem.open();
    flow = new Flow();
    handlers.length = 0;
    rejections.length = 0;
    const stream = new EventBuilder();
    events = Array.from({ length: VERSIONS }, (_, version) =>
      DOCUMENTS.map((_id) => stream.aReplace('shop.orders', { _id, version: version + 1 })),
    ).flat();
    const note = (reason: unknown) => void rejections.push(reason);
    process.on('unhandledRejection', note);
    onTestFinished(() => void process.off('unhandledRejection', note));
  });
  afterEach(() => system.close());

  function replica(): Promise<TestConsumer> {
    const handler = new FlowHandler(flow);
    handlers.push(handler);
    return system.consumer({ handlers: [handler], env });
  }

  const untilAllBegun = () =>
    eventually(() => new Set(flow.begun.map(({ _id, version }) => `${_id} ${version}`)).size === events.length, {
      timeoutMs: 90_000,
    });

  /** Ends the replicas. What they had not acknowledged would come to the next one before anything new. */
  async function expectAllAcknowledged(replicas: readonly TestConsumer[]): Promise<void> {
    for (const each of replicas) expect(await each.stop()).toBe(0);
    flow.expectAllInOrder();
    expect(handlers.flatMap(({ overlaps }) => overlaps)).toEqual([]);
    const later = new RecordingHandler();
    await system.consumer({ handlers: [later], env });
    const stream = new EventBuilder({ stream: 'later' });
    await system.broker.publish(...DOCUMENTS.map((_id) => stream.aReplace('shop.orders', { _id, version: 0 })));
    await eventually(() => DOCUMENTS.every((id) => later.versionsOf(id).includes(0)));
    expect(later.handled.filter(({ version }) => version !== 0)).toEqual([]);
    expect(await system.broker.deadLetter(system.group)).toBeUndefined();
    expect(rejections).toEqual([]);
  }

  it.each([
    ['the channel fails', () => system.gate.spoilAcknowledgement()],
    ['the connection is cut', () => Promise.resolve(system.gate.cut())],
  ])('while %s, again and again', async (_what, fault) => {
    const consumer = await replica();
    const faults = [300, 800, 1_300].map((count) => flow.at(count, fault));
    await system.broker.publish(...events);
    await Promise.all(faults);
    await untilAllBegun();
    expect((await consumer.group()).counters.redelivered).toBeGreaterThan(0);
    await expectAllAcknowledged([consumer]);
  });

  it('while the channel fails, the connection is cut, a second replica comes and the first one stops', async () => {
    const first = await replica();
    const second = flow.at(200, replica);
    const faults = [
      flow.at(500, () => system.gate.spoilAcknowledgement()),
      flow.at(900, () => Promise.resolve(system.gate.cut())),
    ];
    await system.broker.publish(...events.slice(0, 1_200));
    await Promise.all(faults);
    await system.broker.publish(...events.slice(1_200));
    const replicas = [await second];
    expect(await first.stop()).toBe(0);
    await untilAllBegun();
    await expectAllAcknowledged(replicas);
  });

  it('while a queue is deleted under its consumer, once the stream goes back to where the gap begins', async () => {
    const consumer = await replica();
    const deleted = flow.at(500, () => system.broker.deleteQueue(system.queue(0)));
    await system.broker.publish(...events);
    await deleted;
    const gap = await eventually(() => flow.gaps[0]);
    await eventually(async () => (await consumer.group()).state === 'bound');
    expect(flow.begun.length).toBeLessThan(events.length);
    await system.broker.publish(...events.filter(({ position }) => position.clusterTime.compare(gap.from) >= 0));
    await untilAllBegun();
    await eventually(async () => (await consumer.group()).queues.every(({ messages }) => messages === 0));
    await expectAllAcknowledged([consumer]);
  });
});
