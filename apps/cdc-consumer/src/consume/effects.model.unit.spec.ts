import { Injectable } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { topologyNames, type ReplaceEvent } from '@sluice/contracts';
import {
  EventDispatcher,
  HANDLER_RETRY_POLICY,
  HandlerRegistry,
  HandlersModule,
  OnReplace,
  type CallGuard,
  type EventContext,
  type EventLogger,
  type RetryPolicy,
} from '@sluice/handlers';
import { OrderedConsumer, type RabbitConnection } from '@sluice/messaging';
import { unhurriedClock } from '@sluice/testing';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { modelRuns } from '../../../../test/harness/model.runs.js';
import type { ControlBarrier } from '../barrier/control.barrier.js';
import type { ClaimRedeemer } from '../claim-check/claim.redeemer.js';
import type { ConsumerSettings } from '../config/consumer.settings.js';
import type { CrashWatch } from '../crash/crash.watch.js';
import { DeadLetters, type DeadLetter } from '../dead-letter/dead-letter.js';
import type { EpochFence } from '../epoch/epoch.fence.js';
import type { GroupRepartition } from '../group/group.repartition.js';
import type { HandledPositions } from '../lost-queue/handled.positions.js';
import type { Parking } from '../parking/parking.js';
import { EventHandling } from './event.handling.js';
import { EventTasks } from './event.tasks.js';
import type { UnmatchedEvents } from './unmatched-events.policy.js';
import { ModelChannel, OWNER_HEADER } from './model-queue.fixture.spec.js';
import { World, type Versioned } from './model-world.fixture.spec.js';

/** What happens next; `which` picks one of those that there are. */
type Step =
  | { readonly kind: 'publish'; readonly document: number }
  | { readonly kind: 'succeed' | 'fail' | 'crash' | 'cut' | 'stop'; readonly which: number }
  /** The handler succeeds, and its process dies so many microtasks later: before, between or behind what follows. */
  | { readonly kind: 'succeed and crash'; readonly which: number; readonly ticks: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('publish' as const), document: fc.nat(2) }) },
    { weight: 6, arbitrary: fc.record({ kind: fc.constant('succeed' as const), which: fc.nat(9) }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constantFrom('fail', 'crash', 'cut', 'stop'), which: fc.nat(9) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('succeed and crash' as const), which: fc.nat(9), ticks: fc.nat(60) }),
    },
  ),
  { maxLength: 50 },
);

let world = new World();

@Injectable()
class Effects {
  @OnReplace('shop.orders', { once: true, retry: { attempts: 2 } })
  async write({ fullDocument }: ReplaceEvent<Versioned>, { headers }: EventContext): Promise<void> {
    await world.handle({ ...fullDocument }, Number(headers[OWNER_HEADER]));
  }
}

class LetterList extends DeadLetters {
  constructor(private readonly of: World) {
    super();
  }
  override add({ delivery, reason }: DeadLetter, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.of.letters.push({ event: String(delivery.properties.messageId), reason });
    return Promise.resolve();
  }
}

const nothing = () => undefined;
const done = () => Promise.resolve();
/** A part of the app that has nothing to say here, as far as it is asked. */
const idle = <T>(part: Partial<T>): T => part as T;
const silent: EventLogger = { debug: nothing, info: nothing, warn: nothing, error: nothing };
const plainly: CallGuard = (_handler, call) => call();
let registry: HandlerRegistry;
let policy: RetryPolicy;
beforeAll(async () => {
  const app = await Test.createTestingModule({ imports: [HandlersModule.forRoot()], providers: [Effects] }).compile();
  registry = app.get(HandlerRegistry);
  policy = app.get<RetryPolicy>(HANDLER_RETRY_POLICY);
});

/** A replica: the real consumer, lanes, acknowledgements, tasks, dispatcher, retries and fence. */
class Replica {
  private static count = 0;
  readonly id = Replica.count++;
  readonly consumer: OrderedConsumer;
  private channel: ModelChannel | undefined;

  constructor(private readonly of: World) {
    const dispatcher = new EventDispatcher(registry, policy, unhurriedClock, silent, of.inbox);
    const settings = idle<ConsumerSettings>({ environment: { CONSUMER_GROUP: 'model' } as never }); // all that is read
    const crashes = idle<CrashWatch>({
      suspects: () => false,
      guardOf: () => plainly,
      follow: (_, task) => task,
      taken: done,
      released: done,
    });
    const claims = idle<ClaimRedeemer>({ wholeOf: (event) => Promise.resolve(event) });
    const names = topologyNames('model.events');
    const handling = new EventHandling(dispatcher, new LetterList(of), claims, crashes, registry, names, settings);
    const tasks = new EventTasks(
      handling,
      idle<Parking>({ deskOf: () => Promise.resolve(undefined), taken: done, released: done }),
      idle<UnmatchedEvents>({ areOurs: () => Promise.resolve(true) }),
      idle<EpochFence>({ taken: nothing, passageOf: () => 'pass' }),
      idle<ControlBarrier>({ crossingOf: nothing }),
      idle<GroupRepartition>({}),
      idle<HandledPositions>({ taken: nothing, begin: nothing, released: done, left: nothing }),
      crashes,
    );
    this.consumer = new OrderedConsumer({
      connection: this.connection(),
      topology: { ready: () => Promise.resolve(), missing: nothing },
      tasks,
      prefetch: 4,
      concurrency: 3,
      drainTimeoutMs: 60_000,
    });
    this.consumer.assign([{ queue: 'model', partition: 0 }]);
    this.consumer.start();
  }

  /** The process is gone: what it ran ends nowhere, and it acknowledges nothing more. */
  crash(): void {
    this.of.dead.add(this.id);
    this.channel?.lose();
    for (const call of this.of.calls.filter(({ owner }) => owner === this.id)) call.end(new Error('died'));
    void this.consumer.stop();
  }

  /** The channel is gone, and what runs goes on, while others have its deliveries again. */
  cut(): void {
    this.channel?.lose();
    void this.consumer.stop();
  }

  private connection(): RabbitConnection {
    const connection = {
      isConnected: () => true,
      whenConnected: () => Promise.resolve(),
      openChannel: () => {
        this.channel = new ModelChannel(this.of.queue, this.id);
        return Promise.resolve(this.channel.asChannel());
      },
      silenceAllowedMs: Number.MAX_SAFE_INTEGER,
      since: new Date(),
    };
    return connection as Partial<RabbitConnection> as RabbitConnection; // what a consumer uses of it
  }
}

/** Lets everything run that waits for no call to end. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) await new Promise(setImmediate);
}

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await Promise.resolve();
}

function one<T>(of: readonly T[], which: number): T | undefined {
  return of[which % Math.max(1, of.length)];
}

async function play(plan: readonly Step[]): Promise<void> {
  const replicas = [new Replica(world), new Replica(world)];
  const replace = (gone: Replica | undefined) => {
    if (gone !== undefined) replicas.splice(replicas.indexOf(gone), 1, new Replica(world));
  };
  for (const step of plan) {
    if (step.kind === 'publish') world.publish(step.document);
    else if (step.kind === 'succeed') one(world.calls, step.which)?.end();
    else if (step.kind === 'fail') one(world.calls, step.which)?.end(new Error('failed'));
    else if (step.kind === 'succeed and crash') {
      const call = one(world.calls, step.which);
      call?.end();
      await ticks(step.ticks);
      const owner = replicas.find(({ id }) => id === call?.owner);
      owner?.crash();
      replace(owner);
    } else {
      const replica = one(replicas, step.which);
      if (step.kind === 'crash') replica?.crash();
      else if (step.kind === 'cut') replica?.cut();
      else void replica?.consumer.stop();
      replace(replica);
    }
    await settled();
  }
  await finish(replicas);
}

/** Nothing goes wrong any more. */
async function finish(replicas: readonly Replica[]): Promise<void> {
  for (let turn = 0; turn < 200 && !(world.queue.isEmpty && world.calls.length === 0); turn++) {
    for (const call of [...world.calls]) call.end();
    await settled();
  }
  await Promise.all(replicas.map(({ consumer }) => consumer.stop()));
}

function assertPromises(plan: readonly Step[]): void {
  expect(world.queue.isEmpty).toBe(true);
  const effects = world.effects.map(({ _id, version }) => `${_id} ${version}`);
  expect(new Set(effects).size, `twice: ${effects.join()}`).toBe(effects.length);
  for (const document of [0, 1, 2]) {
    const versions = world.effects.filter(({ _id }) => _id === document).map(({ version }) => version);
    expect(versions).toEqual([...versions].sort((a, b) => a - b));
  }
  // One that failed for good is told; what is overtaken then is that one, come again.
  const failed = new Set(world.letters.filter(({ reason }) => reason === 'handler-failed').map(({ event }) => event));
  expect(world.letters.filter(({ event }) => !failed.has(event))).toEqual([]);
  expect(effects.length + failed.size).toBeGreaterThanOrEqual(world.published.length);
  if (!plan.some(({ kind }) => kind === 'fail')) expect([...effects].sort()).toEqual([...world.published].sort());
}

it('any interleaving of deliveries, redeliveries, failures, crashes and hand-overs: in order, every effect once, nothing lost', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (plan) => {
      world = new World();
      await play(plan);
      assertPromises(plan);
    }),
    { numRuns: modelRuns(150) },
  );
});
