import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ChangeEvent } from '@sluice/contracts';
import type { CallGuard } from '@sluice/handlers';
import type { Delivery, DeliverySignals, DeliveryTask, TakenPartition } from '@sluice/messaging';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { GroupMembership } from '../group/group.membership.js';
import { untilStored } from '../state/until-stored.js';
import { callMark } from './call-mark.js';
import { CrashStore, type LastHold } from './crash.store.js';
import { PartitionTenure } from './partition.tenure.js';
import { SuspectCalls } from './suspect.calls.js';

/**
 * Finds the message that kills the process. A partition whose last holder has not ended in order is suspect: what that
 * one held is called one at a time, with nothing else running in this process. First some dozens of messages are noted
 * in one write; who dies then leaves a short list, and what is on it is noted call by call. Who dies with such a note
 * standing has been killed by this one event, and not by one of the hundreds that were with it, whose delivery count the
 * broker raised as well (docs/adr/0008).
 */
@Injectable()
export class CrashWatch {
  private readonly logger = new Logger(CrashWatch.name);
  /** Also of partitions that were given up with suspects left: we may get them back without anybody between. */
  private readonly tenures = new Map<string, PartitionTenure>();
  private readonly calls: SuspectCalls;
  private readonly holder: string;
  private readonly attempts: number;

  constructor(
    private readonly store: CrashStore,
    @Inject(GroupMembership) { memberId }: Pick<GroupMembership, 'memberId'>,
    { environment }: ConsumerSettings,
  ) {
    this.holder = memberId;
    this.attempts = environment.CRASH_ATTEMPTS;
    const { holder, attempts, logger } = this;
    this.calls = new SuspectCalls({ store, holder, attempts, logger });
  }

  /** Its deliveries are followed from the call on, before anything is awaited. */
  taken({ queue }: TakenPartition, { stopping }: DeliverySignals): Promise<void> {
    const before = this.tenures.get(queue);
    const tenure = new PartitionTenure();
    this.tenures.set(queue, tenure);
    return this.take(queue, tenure, before, stopping);
  }

  /** What it ran has ended. A partition that is still suspect stays so for the next holder; nobody died of what we noted. */
  async released({ queue }: TakenPartition): Promise<void> {
    const tenure = this.tenures.get(queue);
    if (tenure === undefined) return;
    if (!tenure.isThrough) return this.store.leave(queue, this.holder, tenure.left);
    await this.store.release(queue, this.holder);
    if (this.tenures.get(queue) === tenure) this.tenures.delete(queue);
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
    if (!isSuspect) return (_handler, call) => this.calls.beside(call, stopping);
    const isCovered = () => this.isCovered(delivery);
    return (handler, call) => this.calls.alone(callMark(handler, event.id, delivery), isCovered, call, stopping);
  }

  private async take(
    queue: string,
    tenure: PartitionTenure,
    before: PartitionTenure | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    const { logger } = this;
    let asked = 0;
    const last = await untilStored('note who has the partition', { signal, logger }, () => {
      asked += 1;
      return this.store.take(queue, this.holder);
    });
    // Told twice, the first time without an answer, the state database only knows that we have it.
    if (last?.holder === this.holder && asked === 1) return before === undefined ? undefined : goOn(tenure, before);
    if (last !== undefined) this.suspect(queue, tenure, last);
  }

  private suspect(queue: string, tenure: PartitionTenure, { holder, noted }: LastHold): void {
    tenure.suspect(noted);
    this.logger.warn(
      `${queue}: replica ${holder} had it and has not ended in order: what it may have died of is handled one event at ` +
        `a time (${noted.length} on its short list); what kills the process ${this.attempts} times more by itself ` +
        'becomes a dead letter',
    );
  }

  /** Whether the delivery is noted with others. A shortlisted one is not, nor is one of a partition that we have lost. */
  private async isCovered(delivery: Delivery): Promise<boolean> {
    const { queue } = delivery;
    const tenure = this.tenures.get(queue);
    const standing = tenure?.standingOf(delivery) ?? 'unknown';
    if (tenure === undefined || standing !== 'unnoted') return standing === 'noted';
    const messages = tenure.nextNote(delivery);
    if (!(await this.store.note(queue, this.holder, messages))) return false;
    tenure.note(messages);
    return true;
  }
}

/** Only a connection was lost, or a pause is over: nobody has died, but what was suspect before is so still. */
function goOn(tenure: PartitionTenure, before: PartitionTenure): void {
  if (!before.isThrough) tenure.suspect(before.left);
}
