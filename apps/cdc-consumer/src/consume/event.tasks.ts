import { Injectable, Logger } from '@nestjs/common';
import {
  decodeChangeEvent,
  HEADER_REPARTITION,
  PARTITION_DOUBLED_TYPE,
  PARTITION_END_TYPE,
  REPLAY_HEADERS,
  WAKE_TYPE,
  type ChangeEvent,
} from '@sluice/contracts';
import { DispatchAbortedError, type DispatchResult, type HandlerFailure } from '@sluice/handlers';
import type {
  AloneStep,
  DeferredOutcome,
  Delivery,
  DeliveryOutcome,
  DeliverySignals,
  DeliveryTask,
  DeliveryTasks,
  PartitionQueue,
  TakenPartition,
} from '@sluice/messaging';
import type { BarrierCrossing } from '../barrier/barrier.crossing.js';
import { ControlBarrier } from '../barrier/control.barrier.js';
import { CrashWatch } from '../crash/crash.watch.js';
import { EpochFence } from '../epoch/epoch.fence.js';
import { GroupRepartition } from '../group/group.repartition.js';
import { HandledPositions } from '../lost-queue/handled.positions.js';
import { Parking } from '../parking/parking.js';
import { untilStored } from '../state/until-stored.js';
import { EventHandling } from './event.handling.js';
import type { EventCounters } from './event.counters.js';
import { laneOf } from './event.lane.js';
import { UnmatchedEvents } from './unmatched-events.policy.js';

/** What is done for a delivery: read it, run its handlers, and keep what failed as a dead letter. */
@Injectable()
export class EventTasks implements DeliveryTasks {
  private readonly logger = new Logger(EventTasks.name);
  private ownLanes = 0;
  /** Queues whose next generation has what comes now as well. */
  private readonly doubled = new Set<string>();

  constructor(
    private readonly handling: EventHandling,
    private readonly parking: Parking,
    private readonly unmatched: UnmatchedEvents,
    private readonly fence: EpochFence,
    private readonly barrier: ControlBarrier,
    private readonly repartition: GroupRepartition,
    private readonly positions: HandledPositions,
    private readonly crashes: CrashWatch,
  ) {}

  get counters(): EventCounters {
    return this.handling.counters;
  }

  taskOf(delivery: Delivery): DeliveryTask {
    const task = this.read(delivery);
    const isMark = delivery.properties.type === PARTITION_DOUBLED_TYPE; // it never settles, and nobody dies of it
    return isMark ? task : this.crashes.follow(delivery, task);
  }

  /** Whatever a step needs of the partition's earlier owner is read here. */
  async taken(partition: TakenPartition, signals: DeliverySignals): Promise<void> {
    this.counters.takeovers += 1;
    this.fence.taken(partition.queue);
    this.positions.taken(partition.queue);
    this.doubled.delete(partition.queue);
    await Promise.all([this.crashes.taken(partition, signals), this.parking.taken(partition, signals)]);
  }

  async released(partition: TakenPartition): Promise<void> {
    await this.parking.released(partition);
    await this.positions.released(partition.queue);
    await this.crashes.released(partition);
  }

  left({ queue }: PartitionQueue): void {
    this.positions.left(queue);
  }

  /**
   * The partition is read to here, and then those of the next generation. What is parked rests from now on: its next
   * owner begins as soon as all partitions have ended, and need not be this replica.
   */
  endOf(delivery: Delivery): AloneStep | undefined {
    if (delivery.properties.type !== PARTITION_END_TYPE) return undefined;
    const { logger } = this;
    const ended = () => this.repartition.ended(repartitionOf(delivery), delivery);
    return async ({ stopping: signal }) => {
      await this.parking.rest(delivery.queue);
      const isEnd = await untilStored('say that a partition is read to its end', { signal, logger }, ended);
      return isEnd ? 'over' : 'passed';
    };
  }

  private read(delivery: Delivery): DeliveryTask {
    if (delivery.properties.type === PARTITION_DOUBLED_TYPE) return this.doubledFrom(delivery);
    if (delivery.properties.type === WAKE_TYPE) return this.apart(() => Promise.resolve('settled'));
    try {
      const { event } = decodeChangeEvent(delivery.body, delivery.properties.contentType as string | undefined);
      return this.taskFor(event, delivery);
    } catch (error) {
      // Not ours, or of a version that we do not know; nobody can say whose document it is.
      return this.apart((signals) => leftIfStopping(signals, () => this.handling.refuse(delivery, error, signals)));
    }
  }

  /** It is kept to the end, as if it were a stream's: whoever has the partition after us has to know of it too. */
  private doubledFrom(delivery: Delivery): DeliveryTask {
    const id = repartitionOf(delivery);
    const { queue } = delivery;
    const { logger } = this;
    this.doubled.add(queue);
    let isAsked = false;
    const isUnderWay = () => this.repartition.isUnderWay(id, queue);
    const step: AloneStep = async ({ stopping: signal }) => {
      const isKept = await untilStored('look at a mark', { signal, logger }, isUnderWay);
      if (!isKept) this.doubled.delete(queue);
      isAsked = true;
      return isKept ? 'over' : 'passed';
    };
    const alone = () => (isAsked ? undefined : step);
    return { ...this.apart(() => Promise.resolve('settled')), stream: `${PARTITION_DOUBLED_TYPE}:${id}`, alone };
  }

  private taskFor(event: ChangeEvent, delivery: Delivery): DeliveryTask {
    const { stream } = event;
    const crossing = this.barrier.crossingOf(event, delivery, this.doubled.has(delivery.queue));
    const mark = this.positions.begin(delivery, event);
    let isOld = false;
    const alone = (): AloneStep | undefined => {
      const passage = this.fence.passageOf(delivery, stream);
      if (typeof passage === 'function') return passage;
      isOld = passage === 'old';
      return isOld ? undefined : crossing?.step();
    };
    const run = (signals: DeliverySignals) => {
      if (isOld) return this.keepOut();
      if (crossing !== undefined) return this.cross(crossing, event, delivery, signals);
      return this.handle(event, delivery, signals);
    };
    // What comes late is ahead of what its stream's holder still sends.
    const settled = () => mark?.settle(!isOld);
    return { lane: laneOf(event), stream, alone, holds: crossing !== undefined, run, settled };
  }

  /** Once for the whole group; in the other partitions the event is only acknowledged. */
  private async cross(
    crossing: BarrierCrossing,
    event: ChangeEvent,
    delivery: Delivery,
    signals: DeliverySignals,
  ): Promise<DeliveryOutcome> {
    if (!crossing.runs) return 'settled';
    const handled = await this.handle(event, delivery, signals);
    const outcome = typeof handled === 'string' ? handled : await handled.later;
    return outcome === 'left' ? outcome : leftIfStopping(signals, () => crossing.finish(signals.over));
  }

  private keepOut(): Promise<DeliveryOutcome> {
    this.counters.fenced += 1;
    return Promise.resolve('settled');
  }

  private async handle(
    event: ChangeEvent,
    delivery: Delivery,
    signals: DeliverySignals,
  ): Promise<DeliveryOutcome | DeferredOutcome> {
    const only = replayedHandler(delivery);
    const parking = await this.parking.deskOf(event, delivery);
    const result = await this.handling.handle(event, delivery, signals, { parking, only });
    if (typeof result === 'string') return result === 'left' ? 'left' : 'settled';
    const { matched, failures, parked, batched } = result;
    if (batched !== undefined) return { later: this.finishBatched(batched, result, delivery, signals) };
    if (matched === 0 && only !== undefined) return this.buryReplayed(delivery, only, signals);
    if (matched === 0) return this.passUnmatched(event, signals);
    if (failures.length === 0 && parked === undefined) this.counters.handled += 1;
    return 'settled';
  }

  /** `left` where another replica has the handler: this one is about to stop. */
  private async passUnmatched(event: ChangeEvent, signals: DeliverySignals): Promise<DeliveryOutcome> {
    let isOurs = false;
    const ended = await leftIfStopping(signals, async () => {
      isOurs = await this.unmatched.areOurs(event, signals.stopping);
    });
    if (ended === 'left' || !isOurs) return 'left';
    this.counters.unmatched += 1;
    return 'settled';
  }

  /** The lane goes on meanwhile; the event is acknowledged when its batches have settled. */
  private async finishBatched(
    batched: Promise<readonly HandlerFailure[]>,
    single: Pick<DispatchResult, 'failures' | 'parked'>,
    delivery: Delivery,
    signals: DeliverySignals,
  ): Promise<DeliveryOutcome> {
    return leftIfStopping(signals, async () => {
      const failures = await batched;
      for (const failure of failures) await this.handling.bury(delivery, failure, signals);
      if (single.failures.length + failures.length === 0 && single.parked === undefined) this.counters.handled += 1;
    });
  }

  /** A replay whose handler is gone was nobody's: it becomes a dead letter again. */
  private buryReplayed(delivery: Delivery, handler: string, signals: DeliverySignals): Promise<DeliveryOutcome> {
    return leftIfStopping(signals, () => this.handling.buryGone(delivery, handler, signals));
  }

  private apart(run: DeliveryTask['run']): DeliveryTask {
    this.ownLanes += 1;
    return { lane: `apart:${this.ownLanes}`, run };
  }
}

/** Of a mark. */
function repartitionOf({ properties }: Delivery): string {
  return String(properties.headers?.[HEADER_REPARTITION]);
}

/** The one handler that an operator hands a dead letter back to. */
function replayedHandler({ properties }: Delivery): string | undefined {
  const handler: unknown = properties.headers?.[REPLAY_HEADERS.handler];
  return typeof handler === 'string' ? handler : undefined;
}

/** Stopping is no failure: the event stays with the broker and comes again. */
async function leftIfStopping({ stopping }: DeliverySignals, step: () => Promise<void>): Promise<DeliveryOutcome> {
  try {
    await step();
    return 'settled';
  } catch (error) {
    if (error instanceof DispatchAbortedError || stopping.aborted) return 'left';
    throw error;
  }
}
