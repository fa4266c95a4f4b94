import type { InsertEvent, ReplaceEvent } from '@sluice/contracts';
import { DEAD_LETTER_HEADERS } from '@sluice/contracts';
import { OnChange, type EventContext } from '@sluice/handlers';
import { aReplace, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem } from './consumer/consumer-system.js';
import { RecordingHandler, type Versioned } from './consumer/recording.handler.js';

/** Fails for as long as the test wants; many attempts, parked at its first wait. */
class Stubborn {
  readonly handled: Versioned[] = [];
  readonly attempts: number[] = [];
  constructor(public fails: (document: Versioned) => boolean) {}

  @OnChange({
    operations: ['insert', 'replace'],
    namespace: 'shop.orders',
    retry: { attempts: 1_000, initialDelayMs: 40, maxDelayMs: 40, parkAfterMs: 0 },
  })
  handle(event: InsertEvent<Versioned> | ReplaceEvent<Versioned>, { attempt }: EventContext): void {
    this.attempts.push(attempt);
    if (this.fails(event.fullDocument)) throw new Error('not yet');
    this.handled.push(event.fullDocument);
  }
  versionsOf(id: number): number[] {
    return this.handled.filter(({ _id }) => _id === id).map(({ version }) => version);
  }
}

describe('a document whose handler keeps failing', () => {
  let system: ConsumerSystem;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
  });
  afterEach(() => system.close());

  const publish = (from: number, to: number, ids: readonly number[] = [1, 2, 3, 4]) =>
    system.broker.publish(
      ...Array.from({ length: to - from + 1 }, (_, index) => from + index).flatMap((version) =>
        ids.map((_id) => aReplace('shop.orders', { _id, version })),
      ),
    );
  const empty = async () =>
    (await system.broker.depth(system.queue(0))) + (await system.broker.depth(system.queue(1))) === 0;
  const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

  it('is parked: the others go on, its queue empties, and it is handled in order once it can be', async () => {
    const stubborn = new Stubborn(({ _id }) => _id === 1);
    const calm = new RecordingHandler();
    const consumer = await system.consumer({ handlers: [stubborn, calm] });
    await publish(1, 10);
    await eventually(() => calm.handled.length === 40); // the other handler is not held up either
    await eventually(() => stubborn.handled.length === 30);
    await eventually(async () => (await consumer.group()).parked === 1);
    stubborn.fails = () => false;
    await eventually(() => stubborn.handled.length === 40);
    for (const id of [1, 2, 3, 4]) expect(stubborn.versionsOf(id)).toEqual(upTo(10));
    await eventually(async () => (await consumer.group()).parked === 0);
    await publish(11, 12);
    await eventually(() => stubborn.handled.length === 48);
    for (const id of [1, 2, 3, 4]) expect(stubborn.versionsOf(id)).toEqual(upTo(12));
  });

  it('goes on with its attempts where they stood when the consumer is stopped, and with its order', async () => {
    const stubborn = new Stubborn(({ _id }) => _id === 1);
    const first = await system.consumer({ handlers: [stubborn] });
    await publish(1, 5);
    await eventually(() => stubborn.attempts.length > 25 && stubborn.handled.length === 15);
    expect(await first.stop()).toBe(0);
    expect(await empty()).toBe(true); // all of it has been acknowledged, parked events too
    const before = Math.max(...stubborn.attempts);
    expect(before).toBeGreaterThan(2);
    const next = new Stubborn(() => false);
    await system.consumer({ handlers: [next] });
    await publish(6, 6, [1, 2, 3, 4]);
    await eventually(() => next.versionsOf(1).length === 6);
    expect(next.versionsOf(1)).toEqual(upTo(6));
    expect(Math.max(...next.attempts)).toBe(before + 1);
  });

  it('is found again by a consumer that gets nothing else', async () => {
    const stubborn = new Stubborn(({ _id }) => _id === 1);
    const first = await system.consumer({ handlers: [stubborn] });
    await publish(1, 3, [1]);
    await eventually(async () => (await first.group()).parked === 1 && (await empty()));
    await first.post(`/api/v1/groups/${system.group}/pause`);
    expect((await first.group()).parked, 'of a paused group too').toBe(1);
    await first.post(`/api/v1/groups/${system.group}/resume`);
    await first.stop();
    const next = new Stubborn(() => false);
    await system.consumer({ handlers: [next] });
    await eventually(() => next.versionsOf(1).length === 3);
    expect(next.versionsOf(1)).toEqual([1, 2, 3]);
  });

  it('waits in its lane while the state database is away, unacknowledged, and is parked afterwards', async () => {
    const stubborn = new Stubborn(({ _id, version }) => _id === 1 && version > 0);
    const consumer = await system.consumer({ handlers: [stubborn] });
    await publish(0, 0);
    await eventually(() => stubborn.handled.length === 4);
    system.mongoGate.shut();
    await eventually(async () => (await consumer.ready()).body.details['mongodb']?.status === 'down');
    await publish(1, 3);
    await eventually(() => stubborn.handled.length === 13);
    expect(stubborn.versionsOf(1)).toEqual([0]);
    system.mongoGate.open();
    await eventually(async () => (await consumer.group()).parked === 1);
    stubborn.fails = () => false;
    await eventually(() => stubborn.versionsOf(1).length === 4);
    expect(stubborn.versionsOf(1)).toEqual([0, 1, 2, 3]);
  });

  it('keeps its order when the connection is cut again and again', async () => {
    const stubborn = new Stubborn(({ _id, version }) => _id < 3 && version % 3 === 0 && Math.random() < 0.7);
    await system.consumer({ handlers: [stubborn] });
    for (let round = 0; round < 3; round++) {
      await publish(round * 10 + 1, round * 10 + 10);
      await eventually(() => stubborn.handled.some(({ version }) => version > round * 10));
      system.gate.cut();
    }
    await eventually(() => [1, 2, 3, 4].every((id) => new Set(stubborn.versionsOf(id)).size === 30));
    for (const id of [1, 2, 3, 4]) expect(firsts(stubborn.versionsOf(id))).toEqual(upTo(30));
  });

  it('becomes a dead letter where its handler is not there any more', async () => {
    const stubborn = new Stubborn(() => true);
    const first = await system.consumer({ handlers: [stubborn] });
    await publish(1, 1, [1]);
    await eventually(async () => (await first.group()).parked === 1);
    await first.stop();
    await system.consumer({ handlers: [new RecordingHandler()] });
    await publish(2, 2, [1, 2, 3, 4]);
    const letter = await eventually(() => system.broker.deadLetter(system.group));
    expect(letter.properties.headers).toMatchObject({
      [DEAD_LETTER_HEADERS.reason]: 'handler-failed',
      [DEAD_LETTER_HEADERS.handler]: 'Stubborn.handle',
      [DEAD_LETTER_HEADERS.errorName]: 'HandlerGoneError',
    });
  });
});

/** Each version where it comes first. */
function firsts(versions: readonly number[]): number[] {
  return [...new Set(versions)];
}
