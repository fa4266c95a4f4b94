import { setTimeout as sleep } from 'node:timers/promises';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { HEARTBEATS_ALIVE, type TopologyNames } from '@sluice/contracts';
import { TopologyDeclarer } from '@sluice/messaging';
import { ConsumerSettings } from '../../../config/consumer.settings.js';
import { TOPOLOGY_NAMES } from '../../../connections/connections.module.js';
import { GroupTopology } from '../../../group/group.topology.js';
import { FeedConnection } from './feed.connection.js';

/** Everything, whatever its key. */
const EVERYTHING = '#';

/**
 * Brings the stream queue all events. Not before this replica's own group is bound: with the stream queue alone on the
 * exchange nothing would come back as unroutable, and producers would take for delivered what no group has seen.
 */
@Injectable()
export class FeedBinding {
  private readonly logger = new Logger(FeedBinding.name);
  private readonly declarer: TopologyDeclarer;
  private readonly queue: string;
  private readonly everyMs: number;
  private boundSince: Date | undefined;

  constructor(
    connection: FeedConnection,
    private readonly topology: GroupTopology,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
    { environment }: ConsumerSettings,
  ) {
    this.declarer = new TopologyDeclarer(connection);
    this.queue = environment.REALTIME_STREAM ?? names.realtimeStream;
    this.everyMs = environment.MEMBER_ALIVE_MS / HEARTBEATS_ALIVE;
  }

  /** Since when events come to the stream queue. */
  get since(): Date | undefined {
    return this.boundSince;
  }

  /** Binds when the group is bound, and again and again: a binding that somebody removed comes back. Never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.topology.ready(signal);
        await this.bind();
        this.boundSince ??= new Date();
      } catch (error) {
        // A queue that is gone is made by the tail, which binds it too; a broker that is away is told of by the connection.
        if (!signal.aborted) this.logger.debug(`the stream queue is not bound, trying again: ${String(error)}`);
      }
      await sleep(this.everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  /** At once where the queue has just been made again: what is published before it is bound does not come. */
  async again(): Promise<void> {
    if (this.boundSince !== undefined) await this.bind();
  }

  private bind(): Promise<void> {
    return this.declarer.bind([{ queue: this.queue, exchange: this.names.exchange, key: EVERYTHING }]);
  }
}
