import { setImmediate as nextTurn } from 'node:timers/promises';
import { Lanes, type Delivery, type DeliveryTask } from '@sluice/messaging';
import { EventBuilder } from '@sluice/testing';
import { loadConsumerSettings } from '../config/consumer.settings.js';
import { CrashWatch } from './crash.watch.js';
import type { MemoryCrashStore } from './memory-crash.store.fixture.js';
import { ProcessDiedError } from './process-died.error.js';

export const CRASH_ATTEMPTS = 3;
const CONCURRENCY = 8;

const base = { MONGODB_URI: 'mongodb://localhost', RABBITMQ_URI: 'amqp://localhost' };
const settings = loadConsumerSettings({ ...base, CRASH_ATTEMPTS: String(CRASH_ATTEMPTS) });
const [anEvent] = [new EventBuilder().anInsert('shop.orders', { _id: 1 })];

/** A message of a queue: killed by it, or failing so many times before it succeeds. */
export interface ModelMessage {
  readonly id: string;
  readonly kills: boolean;
  failures: number;
  redelivered: boolean;
}

/** A queue as the broker keeps it: what is not acknowledged stays, and comes again first, in order. */
export class ModelQueue {
  readonly refused: string[] = [];
  constructor(
    readonly name: string,
    readonly messages: ModelMessage[],
    readonly prefetch: number,
  ) {}
}

interface Subscription {
  readonly queue: ModelQueue;
  readonly stopping: AbortController;
  readonly taken: Promise<void>;
  readonly delivered: Set<ModelMessage>;
  running: number;
}

/** A consumer's process. Dead, it does nothing more: what it was about to do never happens. */
export class MortalConsumer {
  isAlive = true;
  /** Messages whose call ran together with another one, though one of the two was to be alone. */
  readonly broken: string[] = [];
  private readonly watch: CrashWatch;
  private readonly lanes = new Lanes(CONCURRENCY);
  private readonly subscriptions = new Map<string, Subscription>();
  private readonly calls = new Set<'beside' | 'alone'>();
  private running = 0;
  private readonly end = new AbortController();
  private readonly dead = new Promise<void>((resolve) => this.end.signal.addEventListener('abort', () => resolve()));

  constructor(
    name: string,
    store: MemoryCrashStore,
    /** Of a message that kills. */
    private readonly onDeath: (message: ModelMessage) => void,
  ) {
    this.watch = new CrashWatch(this.mortal(store), { memberId: name }, settings);
  }

  has({ name }: ModelQueue): boolean {
    return this.subscriptions.has(name);
  }

  subscribe(queue: ModelQueue): void {
    const stopping = new AbortController();
    const place = { queue: queue.name, partition: 0 };
    const signals = { stopping: stopping.signal, over: stopping.signal };
    const taken = this.watch.taken(place, signals);
    taken.catch(() => undefined);
    const subscription = { queue, stopping, taken, delivered: new Set<ModelMessage>(), running: 0 };
    this.subscriptions.set(queue.name, subscription);
    this.deliver(subscription);
  }

  /** The channel is lost, and with it what was delivered. */
  lose(queue: ModelQueue): void {
    this.subscriptions.get(queue.name)?.stopping.abort(new Error('lost'));
    this.subscriptions.delete(queue.name);
  }

  /** Gives the partition up in order. */
  async leave(queue: ModelQueue): Promise<void> {
    const subscription = this.subscriptions.get(queue.name);
    if (subscription === undefined) return;
    subscription.stopping.abort(new Error('stopping'));
    while (this.isAlive && subscription.running > 0) await nextTurn();
    const released = () => this.watch.released({ queue: queue.name, partition: 0 });
    if (this.isAlive) await Promise.race([released(), this.dead]);
    this.subscriptions.delete(queue.name);
  }

  die(): void {
    this.isAlive = false;
    this.end.abort();
    for (const { stopping } of this.subscriptions.values()) stopping.abort(new Error('dead'));
    this.subscriptions.clear();
  }

  private deliver(subscription: Subscription): void {
    const { queue, delivered, stopping } = subscription;
    if (stopping.signal.aborted) return;
    for (const message of queue.messages.slice(0, queue.prefetch)) {
      if (delivered.has(message)) continue;
      delivered.add(message);
      this.push(subscription, message);
    }
  }

  private push(subscription: Subscription, message: ModelMessage): void {
    const { queue, stopping, taken } = subscription;
    const { redelivered, id } = message;
    message.redelivered = true;
    const properties = { messageId: id, headers: {} };
    const delivery = { queue: queue.name, redelivered, properties } as unknown as Delivery; // the fields that are read
    const run: DeliveryTask['run'] = async () => {
      await taken;
      return this.handle(delivery, message, subscription);
    };
    const task = this.watch.follow(delivery, { lane: id, run });
    this.lanes.push(`${queue.name} ${id}`, subscription, async () => {
      if (stopping.signal.aborted) return;
      subscription.running += 1;
      const signals = { stopping: stopping.signal, over: stopping.signal };
      const outcome = await task.run(signals).catch(() => 'left' as const);
      subscription.running -= 1;
      const isHeld = this.isAlive && this.subscriptions.get(queue.name) === subscription;
      if (outcome !== 'settled' || !isHeld) return; // an acknowledgement on a lost channel reaches nobody
      queue.messages.splice(queue.messages.indexOf(message), 1);
      this.deliver(subscription);
    });
  }

  private async handle(delivery: Delivery, message: ModelMessage, { queue, stopping }: Subscription) {
    const isSuspect = this.watch.suspects(delivery);
    const signals = { stopping: stopping.signal, over: stopping.signal };
    const guard = this.watch.guardOf({ ...anEvent, id: message.id }, delivery, signals, isSuspect);
    for (;;) {
      try {
        await guard('Orders.handle', () => this.call(message, isSuspect ? 'alone' : 'beside'));
        return 'settled' as const;
      } catch (error) {
        if (stopping.signal.aborted || !this.isAlive) return 'left' as const;
        if (!(error instanceof ProcessDiedError)) continue; // it is called again
        queue.refused.push(message.id);
        return 'settled' as const;
      }
    }
  }

  private async call(message: ModelMessage, kind: 'beside' | 'alone'): Promise<void> {
    if (!this.isAlive) throw new Error('dead');
    if (this.running > 0 && (kind === 'alone' || this.calls.has('alone'))) this.broken.push(message.id);
    this.running += 1;
    this.calls.add(kind);
    await nextTurn();
    if (this.isAlive && message.kills) {
      this.die();
      this.onDeath(message);
    }
    this.running -= 1;
    if (this.running === 0) this.calls.clear();
    if (!this.isAlive) throw new Error('dead');
    if (message.failures > 0) {
      message.failures -= 1;
      throw new Error('fails');
    }
  }

  /** What a dead process has asked of the state database may land; it never hears of it. */
  private mortal(store: MemoryCrashStore): MemoryCrashStore {
    const never = new Promise<never>(() => undefined);
    return new Proxy(store, {
      get: (target, name: keyof MemoryCrashStore) => {
        const member: unknown = target[name];
        if (typeof member !== 'function') return member;
        return async (...args: unknown[]): Promise<unknown> => {
          if (!this.isAlive) return never;
          const answer: unknown = await member.apply(target, args);
          return this.isAlive ? answer : never;
        };
      },
    });
  }
}
