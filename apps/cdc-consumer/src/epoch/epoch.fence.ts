import { Inject, Injectable, Logger } from '@nestjs/common';
import { HEADER_EPOCH, type TopologyNames } from '@sluice/contracts';
import type { AloneStep, Delivery, StepOutcome } from '@sluice/messaging';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { untilStored } from '../state/until-stored.js';
import { deliveryFields } from '../consume/delivery.fields.js';
import { EpochStore } from './epoch.store.js';
import { PartitionEpochs } from './partition.epochs.js';

/** `old`: to be acknowledged unhandled. A step: to be done alone, then ask again. */
export type Passage = 'pass' | 'old' | AloneStep;

/**
 * Keeps out what a producer still sends after it has lost its lease: events of an epoch before the highest that the
 * partition has seen of the stream. The new holder sends the same changes itself, so nothing is lost by it, while
 * handled after the newer ones they would take documents back.
 *
 * A new epoch is saved alone, after everything of the stream before it has settled. Saved earlier, a crash would bring
 * back an event of the older epoch that came in its order, and it would be kept out though nobody had handled it.
 */
@Injectable()
export class EpochFence {
  private readonly logger = new Logger(EpochFence.name);
  private readonly partitions = new Map<string, PartitionEpochs>();
  /** Epochs of which it has been said that events were kept out. */
  private readonly told = new Set<string>();

  constructor(
    private readonly store: EpochStore,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
  ) {}

  /** Another replica may have seen newer epochs meanwhile: what is known of the queue is read again. */
  taken(queue: string): void {
    this.partitions.set(queue, new PartitionEpochs(queue, this.store));
  }

  /** Asked in the order of the stream's deliveries. Foreign messages have no epoch; replays come by other exchanges. */
  passageOf(delivery: Delivery, stream: string): Passage {
    const epoch: unknown = delivery.properties.headers?.[HEADER_EPOCH];
    const partition = this.partitions.get(delivery.queue);
    if (typeof epoch !== 'number' || partition === undefined || delivery.exchange !== this.names.exchange)
      return 'pass';
    const relation = partition.compare(stream, epoch);
    if (relation === 'current') return 'pass';
    if (relation === 'unknown') return ({ stopping }) => this.see(partition, stream, epoch, stopping);
    this.tell(delivery, stream, epoch);
    return 'old';
  }

  private async see(
    partition: PartitionEpochs,
    stream: string,
    epoch: number,
    signal: AbortSignal,
  ): Promise<StepOutcome> {
    const { logger } = this;
    await untilStored(`save the epoch of stream "${stream}"`, { signal, logger }, () => partition.see(stream, epoch));
    return 'passed';
  }

  private tell(delivery: Delivery, stream: string, epoch: number): void {
    const { queue } = delivery;
    const mark = `${queue} ${epoch} ${stream}`;
    if (this.told.has(mark)) return;
    this.told.add(mark);
    const msg =
      `events of epoch ${epoch} of stream "${stream}" come late to ${queue}: their producer has lost the stream, ` +
      'and the one that holds it sends them itself; they are acknowledged unhandled and counted as "fenced"';
    this.logger.warn({ msg, ...deliveryFields(delivery) }); // the first of them
  }
}
