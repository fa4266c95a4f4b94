import { setImmediate as nextTurn } from 'node:timers/promises';
import { Injectable, Logger } from '@nestjs/common';
import type { ChangeEvent } from '@sluice/contracts';
import { systemClock, type CallGuard } from '@sluice/handlers';
import type { Delivery, DeliverySignals, DeliveryTask, TakenPartition } from '@sluice/messaging';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { GroupMembership } from '../group/group.membership.js';
import { untilStored } from '../state/until-stored.js';
import { CallGate } from './call.gate.js';
import { callMark, type CallMark } from './call-mark.js';
import { CrashStore } from './crash.store.js';
import { PartitionTenure } from './partition.tenure.js';
import { ProcessDiedError } from './process-died.error.js';

/** How long calls wait for one that should be alone, and the other way round, before both go on side by side. */
const PATIENCE_MS = 30_000;

/**
 * Finds the message that kills the process. A partition whose last holder has not ended in order is suspect: what that
 * one held is called one at a time, with nothing else running in this process, and each call is noted in the state
 * database before it begins. Who dies with such a note standing has been killed by this one event, and not by one of
 * the hundreds that were with it, whose delivery count the broker raised as well.
 */
@Injectable()
export class CrashWatch {
  private readonly logger = new Logger(CrashWatch.name);
  private readonly tenures = new Map<string, PartitionTenure>();
  private readonly gate = new CallGate(PATIENCE_MS, systemClock);
  private readonly attempts: number;

  constructor(
    private readonly store: CrashStore,
    private readonly membership: GroupMembership,
    { environment }: ConsumerSettings,
  ) {
    this.attempts = environment.CRASH_ATTEMPTS;
  }

  /** Its deliveries are followed from the call on, before anything is awaited. */
  taken({ queue }: TakenPartition, { stopping }: DeliverySignals): Promise<void> {
    const before = this.tenures.get(queue);
    const tenure = new PartitionTenure();
    this.tenures.set(queue, tenure);
    return this.take(queue, tenure, before, stopping);
  }

  /** What it ran has ended. A partition that is still suspect stays so for the next holder. */
  async released({ queue }: TakenPartition): Promise<void> {
    const tenure = this.tenures.get(queue);
    this.tenures.delete(queue);
    if (tenure?.isThrough === true) await this.store.release(queue, this.membership.memberId);
  }

  /** This process ends in order: so have the partitions that it lost with a connection. */
  async close(): Promise<void> {
    const released = [...this.tenures.keys()].map((queue) => this.released({ queue, partition: 0 }));
    for (const outcome of await Promise.allSettled(released)) {
      if (outcome.status === 'rejected') this.logger.warn(`cannot say that this replica ends: ${outcome.reason}`);
    }
  }

  follow(delivery: Delivery, task: DeliveryTask): DeliveryTask {
    return this.tenures.get(delivery.queue)?.follow(delivery, task) ?? task;
  }

  /** Whether the process may have died of this delivery; known once its partition has been taken. */
  suspects(delivery: Delivery): boolean {
    return this.tenures.get(delivery.queue)?.suspects(delivery) ?? false;
  }

  /** What stands around the event's calls. */
  guardOf(event: ChangeEvent, delivery: Delivery, { stopping }: DeliverySignals, isSuspect: boolean): CallGuard {
    if (!isSuspect) return (_handler, call) => this.gate.pass('beside', call, stopping);
    return (handler, call) =>
      this.gate.pass('alone', () => this.noted(callMark(handler, event.id, delivery), call, stopping), stopping);
  }

  private async take(
    queue: string,
    tenure: PartitionTenure,
    before: PartitionTenure | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { logger } = this;
    const { memberId } = this.membership;
    const last = await untilStored('note who has the partition', { signal, logger }, () =>
      this.store.take(queue, memberId),
    );
    if (last === undefined || (last === memberId && before?.isThrough !== false)) return;
    tenure.suspect();
    if (last === memberId) return; // said before; only the connection was lost since
    this.logger.warn(
      `${queue}: replica ${last} had it and has not ended in order: what it may have died of is handled one event at ` +
        `a time; what kills the process ${this.attempts} times more becomes a dead letter`,
    );
  }

  private async noted(mark: CallMark, call: () => Promise<unknown>, signal: AbortSignal): Promise<unknown> {
    const { logger, store } = this;
    const stored = <T>(step: () => Promise<T>) => untilStored('note a call', { signal, logger }, step);
    const earlier = await stored(() => store.unended(mark));
    if (earlier !== undefined && earlier.attempts >= this.attempts) throw new ProcessDiedError(mark.handler, earlier);
    await stored(() => store.begin(mark));
    let forget = false;
    try {
      const answer = await call();
      forget = true;
      return answer;
    } finally {
      await this.ended(mark, forget, signal);
    }
  }

  /** A process that dies of what the call has left undone, as a rejection that nobody handles, dies before this. */
  private async ended(mark: CallMark, forget: boolean, signal: AbortSignal): Promise<void> {
    await nextTurn();
    const end = () => this.store.end(mark, forget);
    const { logger } = this;
    await end()
      .catch(() => untilStored('note that a call has ended', { signal, logger }, end))
      .catch((error: unknown) => logger.warn(`a note of a call stays behind: ${String(error)}`)); // we are stopping
  }
}
