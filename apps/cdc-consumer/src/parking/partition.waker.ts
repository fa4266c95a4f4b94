import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { WAKE_TYPE } from '@sluice/contracts';
import { thrownText } from '@sluice/handlers';
import { ConfirmedPublisher } from '../connections/confirmed.publisher.js';
import { PublishConnection } from '../connections/rabbit.connections.js';
import { GroupMembership } from '../group/group.membership.js';
import { Parking } from './parking.js';
import { ParkedStore } from './parked.store.js';

const LOOK_MS = 5_000;
/** So long after its time an event is taken for one that nobody works on. */
const OVERDUE_MS = 5_000;

/**
 * A partition is taken over at its first delivery, and what is parked there is worked on from then. Where no delivery
 * comes, because nothing changes, that would never be: so whoever sees events that are overdue, of a partition that is
 * not its own, sends an empty message there, which reaches the queue's active consumer whoever that is.
 */
@Injectable()
export class PartitionWaker implements OnApplicationBootstrap {
  private readonly logger = new Logger(PartitionWaker.name);
  private readonly stopping = new AbortController();
  private readonly publisher: ConfirmedPublisher;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly store: ParkedStore,
    private readonly parking: Parking,
    private readonly membership: GroupMembership,
    connection: PublishConnection,
  ) {
    this.publisher = new ConfirmedPublisher(connection);
  }

  onApplicationBootstrap(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    for (let told = false; !signal.aborted;) {
      await sleep(LOOK_MS, undefined, { signal }).catch(() => undefined);
      if (signal.aborted || this.membership.currentConsumption !== 'run') continue;
      try {
        await this.wakeOverdue();
        told = false;
      } catch (error) {
        if (!told && !signal.aborted) this.logger.warn(`cannot look for parked events: ${thrownText(error)}`);
        told = true;
      }
    }
  }

  private async wakeOverdue(): Promise<void> {
    const group = this.membership.current;
    if (group === undefined) return;
    const buckets = await this.store.overdue(new Date(Date.now() - OVERDUE_MS));
    const partitions = new Set(buckets.map((bucket) => bucket % group.partitions));
    const queues = [...partitions].map((partition) => group.queues[partition]).filter((queue) => queue !== undefined);
    const { ended } = this.membership; // what is parked there rests until the new queues are read
    for (const queue of queues) if (!this.parking.owns(queue) && !ended.includes(queue)) await this.wake(queue);
  }

  private async wake(queue: string): Promise<void> {
    const properties = { type: WAKE_TYPE, persistent: true };
    await this.publisher.publish(
      { exchange: '', routingKey: queue, body: Buffer.alloc(0), properties },
      this.stopping.signal,
    );
  }
}
