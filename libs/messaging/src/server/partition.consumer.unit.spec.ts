import { EventEmitter } from 'node:events';
import { eventually } from '@sluice/testing';
import type { Channel, ConsumeMessage } from 'amqplib';
import { describe, expect, it, vi } from 'vitest';
import type { RabbitConnection } from '../connection/rabbit.connection.js';
import { ConsumerCounters } from './consumer.counters.js';
import type { DeliverySignals, DeliveryTasks } from './delivery.js';
import { Lanes } from './lanes.js';
import { PartitionConsumer } from './partition.consumer.js';
import { StandstillWatch } from './standstill.watch.js';

/** A channel whose broker delivers before it answers that it does. */
class OpeningChannel extends EventEmitter {
  constructor(private readonly deliveries = 1) {
    super();
  }

  answer: () => void = () => undefined;
  isConsumed = false;

  async prefetch(): Promise<void> {
    await Promise.resolve();
  }
  consume(_queue: string, receive: (message: ConsumeMessage) => void): Promise<void> {
    this.isConsumed = true;
    for (let deliveryTag = 1; deliveryTag <= this.deliveries; deliveryTag++) {
      const content = Buffer.alloc(0);
      receive({ fields: { deliveryTag, redelivered: false }, properties: {}, content } as ConsumeMessage); // what is read
    }
    return new Promise((resolve) => (this.answer = resolve));
  }
  readonly acknowledged: number[] = [];
  ack({ fields }: ConsumeMessage): void {
    this.acknowledged.push(fields.deliveryTag);
  }
  isClosed = false;
  async close(): Promise<void> {
    await Promise.resolve();
    this.isClosed = true;
    this.emit('close');
  }
}

let now = 0;
const standstill = new StandstillWatch(1_000, () => now);

function aPartition(channel: OpeningChannel, given: Partial<DeliveryTasks>, prefetch = 1): PartitionConsumer {
  const tasks: DeliveryTasks = {
    endOf: () => undefined,
    taskOf: () => ({ lane: 'a', run: () => Promise.resolve('settled') }),
    taken: () => Promise.resolve(),
    released: () => Promise.resolve(),
    left: () => undefined,
    ...given,
  };
  const connection = {
    isConnected: () => true,
    whenConnected: () => Promise.resolve(),
    openChannel: () => Promise.resolve(channel as EventEmitter as Channel),
  };
  return new PartitionConsumer({
    connection: connection as RabbitConnection, // what a partition uses of it
    topology: { ready: () => Promise.resolve(), missing: () => undefined },
    queue: 'q',
    partition: 0,
    prefetch,
    lanes: new Lanes(1),
    tasks,
    counters: new ConsumerCounters(),
    standstill,
  });
}

describe('a partition', () => {
  it('begins nothing more after its process stood still, and acknowledges what had settled', async () => {
    const channel = new OpeningChannel(3);
    const begun: string[] = [];
    const run = () => {
      begun.push('run');
      now += 2_000; // the handler holds the event loop
      return Promise.resolve('settled' as const);
    };
    standstill.start();
    const partition = aPartition(channel, { taskOf: () => ({ lane: 'a', run }) });
    await eventually(() => channel.isClosed);
    expect(begun).toEqual(['run']);
    expect(channel.acknowledged).toEqual([1]);
    standstill.stop();
    channel.answer();
    await partition.stop(0);
  });

  it('goes on in the lane of a delivery that settles later, and acknowledges it only then', async () => {
    const channel = new OpeningChannel(2);
    const settle: ((outcome: 'settled') => void)[] = [];
    const run = () => Promise.resolve({ later: new Promise<'settled'>((resolve) => settle.push(resolve)) });
    const partition = aPartition(channel, { taskOf: () => ({ lane: 'a', run }) });
    await eventually(() => settle.length === 2);
    channel.answer();
    expect(channel.acknowledged).toEqual([]);
    const stopped = partition.stop(60_000);
    for (const each of settle) each('settled');
    await stopped;
    expect(channel.acknowledged).toEqual([2]);
  });

  it('acknowledges at its stop what has settled behind one that has not: only that one comes again', async () => {
    const channel = new OpeningChannel(3);
    const never = { later: new Promise<'settled'>(() => undefined) };
    const ran: string[] = [];
    const taskOf: DeliveryTasks['taskOf'] = () => {
      const lane = `document ${ran.length}`;
      const isFirst = ran.push(lane) === 1;
      return { lane, run: () => Promise.resolve(isFirst ? never : 'settled') };
    };
    const partition = aPartition(channel, { taskOf }, 200);
    await eventually(() => channel.isConsumed);
    channel.answer();
    await new Promise(setImmediate);
    await partition.stop(0);
    expect(channel.acknowledged).toEqual([2, 3]);
  });

  it('lets as many runs as there may be wait for its end, without a warning', async () => {
    const channel = new OpeningChannel();
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    const run = ({ stopping, over }: DeliverySignals) => {
      for (let listener = 0; listener < 64; listener++) {
        stopping.addEventListener('abort', () => listener);
        over.addEventListener('abort', () => listener);
      }
      return Promise.resolve('settled' as const);
    };
    const partition = aPartition(channel, { taskOf: () => ({ lane: 'a', run }) });
    await eventually(() => channel.acknowledged.length === 1);
    channel.answer();
    await partition.stop(0);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it.each([
    ['settled', [2]],
    ['left', []],
  ] as const)(
    'acknowledges nothing ahead of an earlier one of its lane that settles later: %s',
    async (outcome, sent) => {
      const channel = new OpeningChannel(2);
      let end: (outcome: 'settled' | 'left') => void = () => undefined;
      const later = new Promise<'settled' | 'left'>((resolve) => (end = resolve));
      let runs = 0;
      const run = () => Promise.resolve(++runs === 1 ? { later } : ('settled' as const));
      const partition = aPartition(channel, { taskOf: () => ({ lane: 'a', run }) });
      await eventually(() => runs === 2);
      channel.answer();
      const stopped = partition.stop(60_000);
      await new Promise((resolve) => setImmediate(resolve));
      expect(channel.acknowledged).toEqual([]);
      end(outcome);
      await stopped;
      expect(channel.acknowledged).toEqual(sent);
    },
  );

  it('runs nothing before it has been taken over', async () => {
    const channel = new OpeningChannel();
    const events: string[] = [];
    let take: () => void = () => undefined;
    const partition = aPartition(channel, {
      taskOf: () => ({ lane: 'a', run: () => Promise.resolve(events.push('run')).then(() => 'settled' as const) }),
      taken: ({ queue }) => {
        events.push(`taking ${queue}`);
        return new Promise((resolve) => (take = resolve));
      },
    });
    await eventually(() => events.length === 1);
    await new Promise(setImmediate);
    expect(events).toEqual(['taking q']);
    take();
    await eventually(() => events.length === 2);
    channel.answer();
    await partition.stop(1_000);
    expect(events).toEqual(['taking q', 'run']);
  });

  it('that is stopped while it opens ends after the handlers that have begun', async () => {
    const channel = new OpeningChannel();
    const events: string[] = [];
    let finish: () => void = () => undefined;
    const handled = new Promise<void>((resolve) => (finish = resolve));
    const run = async () => {
      events.push('begun');
      await handled;
      events.push('handled');
      return 'settled' as const;
    };
    const released = () => Promise.resolve(void events.push('released'));
    const partition = aPartition(channel, { taskOf: () => ({ lane: 'a', run }), released });
    await eventually(() => events.length === 1);
    channel.once('close', () => events.push('closed'));
    const stopped = partition.stop(60_000).then(() => events.push('stopped'));
    channel.answer();
    setTimeout(finish, 20); // later than a stop that waits for nothing
    await stopped;
    expect(events).toEqual(['begun', 'handled', 'released', 'closed', 'stopped']);
  });

  it('is not released where it was never taken, and closes where releasing it fails', async () => {
    const released = vi.fn(() => Promise.reject(new Error('the database is away')));
    const idle = new OpeningChannel(0);
    const untaken = aPartition(idle, { released });
    await eventually(() => idle.isConsumed);
    idle.answer();
    await untaken.stop(1_000);
    expect(released).not.toHaveBeenCalled();
    const busy = new OpeningChannel(1);
    const taken = aPartition(busy, { released });
    await eventually(() => busy.isConsumed);
    busy.answer();
    await taken.stop(1_000);
    expect(released).toHaveBeenCalledWith({ queue: 'q', partition: 0 });
  });
});
