import type { OnModuleDestroy } from '@nestjs/common';
import type { GroupAudit } from '@sluice/contracts';
import { OnReplace } from '@sluice/handlers';
import { aReplace, eventually } from '@sluice/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ConsumerSystem } from './consumer/consumer-system.js';
import { RecordingHandler } from './consumer/recording.handler.js';

/** Lets a test decide when what waits at it goes on. */
class Barrier {
  private readonly waiting: (() => void)[] = [];
  private isOpen = false;

  get arrived(): number {
    return this.waiting.length;
  }
  pass(): Promise<void> {
    return this.isOpen ? Promise.resolve() : new Promise((resolve) => this.waiting.push(resolve));
  }
  open(): void {
    this.isOpen = true;
    for (const resolve of this.waiting.splice(0)) resolve();
  }
}

/** A handler with a pool, as many have: closed when Nest destroys the module. */
class PoolHandler extends RecordingHandler implements OnModuleDestroy {
  private isOpen = true;
  readonly usesAfterClose: number[] = [];
  cutOff = 0;

  constructor(barrier: Barrier) {
    super(async ({ _id }, { signal }) => {
      await barrier.pass();
      if (signal.aborted) this.cutOff += 1;
      if (!this.isOpen) this.usesAfterClose.push(_id);
    });
  }
  onModuleDestroy(): void {
    this.isOpen = false;
  }
}

class SlowlyRetryingHandler {
  @OnReplace('shop.orders', {
    retry: { attempts: 9, initialDelayMs: 900_000, maxDelayMs: 900_000, parkAfterMs: 1_200_000 },
  })
  replaced(): void {
    throw new Error('not yet');
  }
}

const changesOf = (ids: readonly number[], version = 1) => ids.map((_id) => aReplace('shop.orders', { _id, version }));

describe('a consumer', () => {
  let system: ConsumerSystem;
  beforeEach(async () => {
    system = await ConsumerSystem.open();
  });
  afterEach(() => system.close());

  const left = async () => (await system.broker.depth(system.queue(0))) + (await system.broker.depth(system.queue(1)));

  it('stops in order: running handlers end, are acknowledged, and use an open pool; the rest waits in the queues', async () => {
    const barrier = new Barrier();
    const handler = new PoolHandler(barrier);
    const consumer = await system.consumer({ handlers: [handler], env: { CONCURRENCY: '4' } });
    await system.broker.publish(...changesOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]));
    await eventually(() => barrier.arrived === 4);
    const stopped = consumer.stop();
    await eventually(async () => (await consumer.ready()).status === 503);
    barrier.open();
    expect(await stopped).toBe(0);
    expect(handler.handled).toHaveLength(4);
    expect(handler.usesAfterClose).toEqual([]);
    expect(handler.cutOff).toBe(0); // a request with the handler's signal would have ended too
    await eventually(async () => (await left()) === 6);
  });

  it('gives up waiting for a handler that does not end, and gives its event back', async () => {
    const barrier = new Barrier();
    const signals: AbortSignal[] = [];
    const handler = new RecordingHandler((_, { signal }) => {
      signals.push(signal);
      return barrier.pass();
    });
    const consumer = await system.consumer({
      handlers: [handler],
      env: { DRAIN_TIMEOUT_MS: '100' },
    });
    await system.broker.publish(...changesOf([1, 2]));
    await eventually(() => barrier.arrived === 2);
    expect(await consumer.stop()).toBe(0);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    await eventually(async () => (await left()) === 2);
    barrier.open();
  });

  it('ends the wait between two attempts at once, and leaves the event for later', async () => {
    const consumer = await system.consumer({
      handlers: [new SlowlyRetryingHandler()],
      env: { DRAIN_TIMEOUT_MS: '599000', SHUTDOWN_TIMEOUT_MS: '600000' }, // so long that waiting for it fails the test
    });
    await system.broker.publish(...changesOf([1]));
    await eventually(async () => (await consumer.group()).counters.retried === 1);
    expect(await consumer.stop()).toBe(0);
    await eventually(async () => (await left()) === 1);
  });

  it('does not start with two handlers of one name, and connects to nothing', async () => {
    const Twin = { RecordingHandler: class RecordingHandler extends PoolHandler {} }.RecordingHandler;
    const handlers = [new RecordingHandler(), new Twin(new Barrier())];
    await expect(system.consumer({ handlers })).rejects.toMatchObject({
      code: 'SLUICE-HANDLER-NAME-TAKEN',
      message: expect.stringContaining('handler RecordingHandler.handle exists more than once') as string,
    });
  });

  it('pauses and goes on, also over a restart, on the word of an operator', async () => {
    const handler = new RecordingHandler();
    const first = await system.consumer({ handlers: [handler] });
    const paused = await first.post('/api/v1/groups/mirror/pause', { by: 'ann', reason: 'new disks' });
    const pause = { since: expect.any(String) as string, by: 'ann', reason: 'new disks' };
    expect(paused).toMatchObject({ status: 200, body: { consuming: 'paused', pause } });
    const again = await first.post('/api/v1/groups/mirror/pause', { by: 'bob', reason: 'another' });
    expect(again.body).toMatchObject({ pause });
    const { status, body } = await first.ready();
    expect(status).toBe(200);
    const reason = expect.stringMatching(/^ann paused the group at .*: new disks; resume it to go on$/) as string;
    expect(body.details['group']).toMatchObject({ state: 'paused', since: expect.any(String) as string, reason });
    await system.broker.publish(...changesOf([1, 2, 3]));
    await eventually(async () => (await left()) === 3);
    expect(await first.stop()).toBe(0);

    const second = await system.consumer({ handlers: [handler], untilRunning: false });
    await eventually(async () => (await second.group()).consuming === 'paused');
    expect(handler.handled).toEqual([]);
    expect(await second.post('/api/v1/groups/mirror/resume')).toMatchObject({ status: 200 });
    await eventually(() => handler.handled.length === 3);
    expect(await second.group()).toMatchObject({ consuming: 'running', pause: null });
    expect((await second.ready()).body.details['group']).toMatchObject({
      state: 'running',
      since: expect.stringMatching(/^\d{4}-/) as string,
    });
    const { body: history } = (await second.get('/api/v1/groups/mirror/history')) as { body: GroupAudit };
    const lines = history.changes.map(({ request, by, reason, after }) => [request, by, reason, after.paused]);
    expect(lines).toEqual([
      ['resume', null, null, false],
      ['pause', 'bob', 'another', true],
      ['pause', 'ann', 'new disks', true],
    ]);
  });

  it('answers a problem for a group that it does not serve', async () => {
    const consumer = await system.consumer({});
    expect(await consumer.post('/api/v1/groups/another/pause')).toMatchObject({
      status: 404,
      body: { code: 'SLUICE-GROUP-NOT-FOUND', status: 404 },
    });
  });
});
