import { Inject, Injectable, Logger } from '@nestjs/common';
import {
  bucketOfValue,
  BUCKETS,
  decodeChangeEvent,
  namespaceName,
  positionKey,
  type ChangeEvent,
  type DocumentEvent,
} from '@sluice/contracts';
import { eventIdentity, systemClock, thrownText, type HandlerParking, type WaitingHandler } from '@sluice/handlers';
import { bucketsOf, Lanes, type Delivery, type DeliverySignals, type TakenPartition } from '@sluice/messaging';
import { ConsumerSettings } from '../config/consumer.settings.js';
import { EventHandling } from '../consume/event.handling.js';
import { laneOf } from '../consume/event.lane.js';
import { GroupMembership } from '../group/group.membership.js';
import { untilStored } from '../state/until-stored.js';
import { documentMark } from './document.mark.js';
import type { FoundEvent, ParkedEvent } from './parked-event.js';
import type { ParkedOutcome } from './parked.lane.js';
import { ParkedPartition, type PartitionTools } from './parked.partition.js';
import { ParkedStore } from './parked.store.js';
import { PartitionFormerError } from './partition-former.error.js';
import { PostponedParking } from './postponed.parking.js';
import { MAX_STORED_BYTES, storedDelivery } from './stored-delivery.codec.js';

/**
 * Events whose handler waits too long leave their partition and wait in the state database, so that the partition goes
 * on. This replica works on those of the partitions that it owns.
 */
@Injectable()
export class Parking {
  private readonly logger = new Logger(Parking.name);
  private readonly partitions = new Map<string, ParkedPartition>();
  /** Of subscriptions that are stopping. */
  private readonly ending = new Map<string, ParkedPartition>();
  private readonly tools: PartitionTools;

  constructor(
    private readonly store: ParkedStore,
    private readonly handling: EventHandling,
    @Inject(GroupMembership) private readonly membership: Pick<GroupMembership, 'look' | 'queuesBeside' | 'ended'>,
    { environment }: ConsumerSettings,
  ) {
    this.tools = {
      store,
      clock: systemClock,
      turns: new Lanes(environment.CONCURRENCY),
      run: (event, delivery, signals) => this.run(event, delivery, signals),
      stored: (write, signal) => untilStored('keep parked events', { signal, logger: this.logger }, write),
    };
  }

  /** Documents whose events wait here, counted for each handler that they wait for. */
  get size(): number {
    return [...this.partitions.values()].reduce((sum, { size }) => sum + size, 0);
  }

  owns(queue: string): boolean {
    return this.partitions.has(queue);
  }

  /**
   * Takes over what is parked of a partition; waits for the state database, without which its order is not known. What
   * is parked of one that was read to its end rests until the new queues are taken, whoever has got it again since: the
   * registration is looked at first, because what was last seen of it may be older than the end.
   */
  async taken(place: TakenPartition, signals: DeliverySignals): Promise<void> {
    const { logger, membership } = this;
    const signal = signals.stopping;
    await untilStored('look whether a partition is still read', { signal, logger }, () => membership.look());
    const { length: partitions } = membership.queuesBeside(place.queue);
    if (partitions === 0) throw new PartitionFormerError(place.queue); // its buckets are other partitions' by now
    if (membership.ended.includes(place.queue)) return;
    const buckets = bucketsOf(place.partition, partitions, BUCKETS);
    const taken = await untilStored('read what is parked', { signal, logger }, () => this.store.take(buckets));
    if (signals.stopping.aborted) return;
    const parked = new ParkedPartition(place, taken, signals, this.tools);
    if (parked.size > 0) logger.log(`${place.queue}: ${parked.size} documents wait for a handler`);
    this.partitions.set(place.queue, parked);
    signals.stopping.addEventListener('abort', () => this.end(place.queue, parked));
  }

  /** The partition is read to its end: resolves when none of its parked events is being worked on any more. */
  async rest(queue: string): Promise<void> {
    const parked = this.partitions.get(queue);
    if (parked === undefined) return;
    parked.rest();
    this.end(queue, parked);
    await parked.ended();
  }

  /** Resolves when none of its parked events is being worked on any more. The subscription is stopping. */
  async released({ queue }: TakenPartition): Promise<void> {
    await this.ending.get(queue)?.ended();
    this.ending.delete(queue);
  }

  /** Where the event's handlers may put it aside; nothing for an event of no document, which waits where it is. */
  async deskOf(event: ChangeEvent, delivery: Delivery): Promise<HandlerParking | undefined> {
    const partition = this.partitions.get(delivery.queue);
    if (partition === undefined || !('documentKey' in event)) return undefined;
    let mark: string | undefined;
    const document = () => (mark ??= documentMark(laneOf(event)));
    if (delivery.body.length > MAX_STORED_BYTES) {
      await partition.whenFree(document()); // it cannot be stored; nor may it pass those that were
      return undefined;
    }
    const asParked = (handler: string, waiting?: WaitingHandler) =>
      parkedEvent(event, delivery, document(), handler, waiting);
    return {
      mustFollow: (handler) => partition.holds(handler, document),
      follow: (handler) => partition.add(asParked(handler)),
      park: (waiting) => {
        this.tell(event, waiting);
        return partition.add(asParked(waiting.handler, waiting));
      },
    };
  }

  private end(queue: string, parked: ParkedPartition): void {
    this.ending.set(queue, parked);
    if (this.partitions.get(queue) === parked) this.partitions.delete(queue);
  }

  private async run(parked: FoundEvent, delivery: Delivery, signals: DeliverySignals): Promise<ParkedOutcome> {
    const { handler, attempts, firstFailedAt } = parked;
    const { event } = decodeChangeEvent(delivery.body, delivery.properties.contentType as string | undefined);
    const parking = new PostponedParking(parked);
    const how = { only: handler, parking, isSuspect: parked.begun };
    const outcome = await this.handling.handle(event, delivery, signals, how);
    if (typeof outcome === 'string') return { kind: outcome === 'left' ? 'left' : 'settled' };
    if (outcome.matched > 0) return parking.outcome;
    const earlier = { attempts, firstFailedAt: firstFailedAt ?? new Date() };
    await this.handling.buryGone(delivery, handler, signals, earlier);
    return { kind: 'settled' };
  }

  private tell(event: ChangeEvent, { handler, attempts, error }: WaitingHandler): void {
    this.logger.warn({
      msg: 'event parked, its document goes on without it later',
      ...eventIdentity(event),
      handler,
      attempts,
      error: thrownText(error),
    });
  }
}

function parkedEvent(
  event: DocumentEvent,
  delivery: Delivery,
  document: string,
  handler: string,
  waiting: WaitingHandler | undefined,
): ParkedEvent {
  return {
    handler,
    document,
    bucket: bucketOfValue(namespaceName(event.ns), event.documentKey._id),
    eventId: event.id,
    position: positionKey(event.position),
    delivery: storedDelivery(delivery),
    attempts: waiting?.attempts ?? 0,
    firstFailedAt: waiting?.firstFailedAt ?? null,
    dueAt: waiting === undefined ? new Date() : new Date(waiting.lastFailedAt.getTime() + waiting.delayMs),
  };
}
