import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  HEADER_LOST_QUEUE,
  HEADER_SENT_AGAIN,
  isControlOperation,
  positionKey,
  REPLAY_HEADERS,
  type ChangeEvent,
  type TopologyNames,
} from '@sluice/contracts';
import { PrefetchExhaustedError, type AloneSignals, type Delivery, type StepOutcome } from '@sluice/messaging';
import type { MessageProperties } from 'amqplib';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { QueuePublisher } from '../connections/queue.publisher.js';
import { deliveryFields } from '../consume/delivery.fields.js';
import { GroupMembership } from '../group/group.membership.js';
import { untilStored } from '../state/until-stored.js';
import { barrierCopy } from './barrier-copy.mapper.js';
import type { BarrierCrossing } from './barrier.crossing.js';
import type { Barrier, BarrierId } from './barrier.js';
import {
  awaitedQueues,
  barrierMove,
  isCrossed,
  sendAgainAfterMs,
  type BarrierMove,
  type BarrierSight,
} from './barrier.plan.js';
import { BarrierStore } from './barrier.store.js';

/** The first looks come soon: mostly all partitions are there within a moment. */
const FIRST_LOOK_MS = 20;
const LONGEST_LOOK_MS = 1_000;
/** How long a partition that can see no further waits before it looks whether two events have crossed. */
const CROSSED_AFTER_MS = 3_000;

/**
 * Makes a control event a barrier over all partitions of the group: what is before it in any of them is handled first,
 * its handlers run once, and what is behind it waits for them. It comes to every queue; each says that it is there, and
 * the owner of the first runs the handlers when all have. Everything is stored, and repeated by the next owner of a
 * partition where one dies: a copy that comes again after the handlers have run is passed.
 */
@Injectable()
export class ControlBarrier {
  private readonly logger = new Logger(ControlBarrier.name);

  constructor(
    private readonly store: BarrierStore,
    private readonly queues: QueuePublisher,
    @Inject(GroupMembership) private readonly membership: Pick<GroupMembership, 'name' | 'queuesBeside' | 'ended'>,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
  ) {}

  /**
   * `undefined`: no barrier. A control event that came to this queue alone, as a replay does, is like any other.
   * `isDoubled`: the queue's next generation has it as well.
   */
  crossingOf(
    { id: event, stream, operation, position }: ChangeEvent,
    delivery: Delivery,
    isDoubled: boolean,
  ): BarrierCrossing | undefined {
    if (!isControlOperation(operation) || !this.isBarrier(delivery)) return undefined;
    const id = { group: this.membership.name, stream, event };
    const at = positionKey(position);
    let move: BarrierMove = 'wait';
    const step = async (signals: AloneSignals): Promise<StepOutcome> => {
      move = await this.wait({ id, at }, delivery, isDoubled, signals);
      return move === 'over' ? 'over' : 'passed';
    };
    return {
      step: () => (move === 'wait' ? step : undefined),
      get runs() {
        return move === 'run';
      },
      finish: (signal) => this.stored('note that a control event is handled', signal, () => this.store.finish(id)),
    };
  }

  /** By the streams' exchange, as a copy of that, or instead of what a queue has lost. */
  private isBarrier({ exchange, properties }: Delivery): boolean {
    const { headers = {} } = properties;
    if (exchange === this.names.exchange) return true;
    return !(REPLAY_HEADERS.letter in headers) && (headers[HEADER_SENT_AGAIN] === true || isOfLostQueue(properties));
  }

  /** What tells of a lost queue came to one queue alone. */
  private sightOf({ queue, properties }: Delivery, isDoubled: boolean): BarrierSight {
    if (isOfLostQueue(properties)) return { queue, queues: [queue], ended: [], isDoubled };
    const queues = this.membership.queuesBeside(queue);
    return { queue, queues, ended: queues.length === 0 ? [] : this.membership.ended, isDoubled };
  }

  private async wait(
    { id, at }: { readonly id: BarrierId; readonly at: string },
    delivery: Delivery,
    isDoubled: boolean,
    signals: AloneSignals,
  ): Promise<BarrierMove> {
    const { queue } = delivery;
    const { stopping } = signals;
    const since = performance.now();
    let sentAt = since;
    let barrier = await this.stored('note a control event', stopping, () => this.store.reach(id, queue, at));
    for (let delayMs = FIRST_LOOK_MS; ; delayMs = Math.min(delayMs * 1.5, LONGEST_LOOK_MS)) {
      const sight = this.sightOf(delivery, isDoubled);
      const move = barrierMove(barrier, sight);
      if (move !== 'wait') return move;
      if (performance.now() - sentAt > sendAgainAfterMs(barrier.sentAgain)) {
        sentAt = performance.now();
        await this.sendAgain(barrier, delivery, sight);
      }
      if (signals.isFull() && performance.now() - since > CROSSED_AFTER_MS) await this.seeFurther(barrier, sight);
      await sleep(delayMs, undefined, { signal: stopping });
      const found = await this.stored('look at a control event', stopping, () => this.store.find(id));
      if (found === undefined) return 'pass';
      barrier = found;
    }
  }

  /** What fails here is tried again when its time comes again. */
  private async sendAgain({ id, reached, sentAgain }: Barrier, delivery: Delivery, sight: BarrierSight) {
    const missing = awaitedQueues(reached, sight);
    if (missing.length === 0) return;
    try {
      if (!(await this.store.countSentAgain(id, sentAgain))) return;
      const msg = `a control event waits for ${missing.join(', ')}; sending it there again`;
      this.logger.warn({ msg, ...deliveryFields(delivery) });
      for (const queue of missing) await this.queues.send(queue, barrierCopy(id.event, delivery));
    } catch (error) {
      this.logger.warn({ msg: `a control event was not sent again: ${String(error)}`, ...deliveryFields(delivery) });
    }
  }

  private async seeFurther(barrier: Barrier, sight: BarrierSight): Promise<void> {
    const others = await this.store.waiting(this.membership.name).catch(() => []);
    if (isCrossed(barrier, others, sight)) throw new PrefetchExhaustedError(sight.queue);
  }

  private stored<T>(what: string, signal: AbortSignal, step: () => Promise<T>): Promise<T> {
    return untilStored(what, { signal, logger: this.logger }, step);
  }
}

function isOfLostQueue({ headers }: MessageProperties): boolean {
  return headers?.[HEADER_LOST_QUEUE] !== undefined;
}
