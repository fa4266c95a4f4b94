import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  HEADER_LOST_QUEUE,
  HEADER_SENT_AGAIN,
  isControlOperation,
  REPLAY_HEADERS,
  type ChangeEvent,
  type TopologyNames,
} from '@sluice/contracts';
import { PrefetchExhaustedError, type AloneSignals, type Delivery } from '@sluice/messaging';
import type { MessageProperties } from 'amqplib';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { QueuePublisher } from '../connections/queue.publisher.js';
import { GroupMembership } from '../group/group.membership.js';
import { untilStored } from '../state/until-stored.js';
import { barrierCopy } from './barrier-copy.mapper.js';
import type { BarrierCrossing } from './barrier.crossing.js';
import type { Barrier, BarrierId } from './barrier.js';
import { barrierMove, isCrossed, missingQueues, sendAgainAfterMs, type BarrierMove } from './barrier.plan.js';
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
    @Inject(GroupMembership) private readonly membership: Pick<GroupMembership, 'name' | 'queuesBeside' | 'hasEnded'>,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
  ) {}

  /** `undefined`: no barrier. A control event that came to this queue alone, as a replay does, is like any other. */
  crossingOf({ id: event, stream, operation }: ChangeEvent, delivery: Delivery): BarrierCrossing | undefined {
    if (!isControlOperation(operation) || !this.isBarrier(delivery)) return undefined;
    const id = { group: this.membership.name, stream, event };
    let move: BarrierMove = 'wait';
    return {
      step: () =>
        move === 'wait' ? async (signals) => void (move = await this.wait(id, delivery, signals)) : undefined,
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

  /** The queues that it came to, if this one has it. */
  private queuesOf({ queue, properties }: Delivery): readonly string[] {
    return isOfLostQueue(properties) ? [queue] : this.membership.queuesBeside(queue);
  }

  private async wait(id: BarrierId, delivery: Delivery, signals: AloneSignals): Promise<BarrierMove> {
    const { queue } = delivery;
    const { stopping } = signals;
    const since = performance.now();
    let sentAt = since;
    let barrier = await this.stored('note a control event', stopping, () => this.store.reach(id, queue));
    for (let delayMs = FIRST_LOOK_MS; ; delayMs = Math.min(delayMs * 1.5, LONGEST_LOOK_MS)) {
      const queues = this.queuesOf(delivery);
      const move = barrierMove(barrier, queue, queues);
      if (move !== 'wait') return move;
      // Behind the mark of that queue, and so in all queues of the next generation: it is a barrier there.
      if (this.membership.hasEnded(missingQueues(barrier.reached, queues))) return 'pass';
      if (performance.now() - sentAt > sendAgainAfterMs(barrier.sentAgain)) {
        sentAt = performance.now();
        await this.sendAgain(barrier, delivery, queues);
      }
      if (signals.isFull() && performance.now() - since > CROSSED_AFTER_MS)
        await this.seeFurther(barrier, queue, queues);
      await sleep(delayMs, undefined, { signal: stopping });
      const found = await this.stored('look at a control event', stopping, () => this.store.find(id));
      if (found === undefined) return 'pass';
      barrier = found;
    }
  }

  /** What fails here is tried again when its time comes again. */
  private async sendAgain({ id, reached, sentAgain }: Barrier, delivery: Delivery, queues: readonly string[]) {
    const missing = missingQueues(reached, queues);
    if (missing.length === 0) return;
    try {
      if (!(await this.store.countSentAgain(id, sentAgain))) return;
      this.logger.warn(
        `a control event of stream "${id.stream}" waits for ${missing.join(', ')}; sending it there again`,
      );
      for (const queue of missing) await this.queues.send(queue, barrierCopy(id.event, delivery));
    } catch (error) {
      this.logger.warn(`a control event of stream "${id.stream}" was not sent again: ${String(error)}`);
    }
  }

  private async seeFurther(barrier: Barrier, queue: string, queues: readonly string[]): Promise<void> {
    const others = await this.store.waiting(this.membership.name).catch(() => []);
    if (isCrossed(barrier, others, queue, queues)) throw new PrefetchExhaustedError(queue);
  }

  private stored<T>(what: string, signal: AbortSignal, step: () => Promise<T>): Promise<T> {
    return untilStored(what, { signal, logger: this.logger }, step);
  }
}

function isOfLostQueue({ headers }: MessageProperties): boolean {
  return headers?.[HEADER_LOST_QUEUE] !== undefined;
}
