import { Inject, Injectable, Logger, type OnModuleDestroy } from '@nestjs/common';
import type { ChangeEvent, Position, TopologyNames } from '@sluice/contracts';
import type { Delivery } from '@sluice/messaging';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { HandledPrefix, type HandledMark } from './handled.prefix.js';
import { QueueRecordStore } from './queue-record.store.js';

/** A crash tells a gap by so much too early. */
const SAVE_MS = 1_000;

/**
 * How far each stream's events have been handled in the partitions of this replica, saved now and then: where what is
 * lost begins when a partition's queue is.
 */
@Injectable()
export class HandledPositions implements OnModuleDestroy {
  private readonly logger = new Logger(HandledPositions.name);
  private readonly queues = new Map<string, Map<string, HandledPrefix>>();
  /** What is saved, or being so. */
  private readonly saved = new WeakMap<HandledPrefix, Position>();
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly store: QueueRecordStore,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
  ) {}

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** The partition begins anew with what is not acknowledged. */
  taken(queue: string): void {
    this.queues.set(queue, new Map());
    this.timer ??= setInterval(() => this.saveAll(), SAVE_MS).unref();
  }

  /** What is open here is another replica's from now on, or nobody's. It may be ours again before it is saved. */
  async released(queue: string): Promise<void> {
    const given = this.queues.get(queue);
    try {
      await this.save(queue);
    } finally {
      if (this.queues.get(queue) === given) this.queues.delete(queue);
    }
  }

  /** It was given up without a release: what is open here comes again wherever the partition is now. */
  left(queue: string): void {
    this.queues.delete(queue);
  }

  /** In the order of the deliveries. `undefined`: a replay, or a copy, says nothing of how far its stream is. */
  begin({ queue, exchange }: Delivery, { stream, position }: ChangeEvent): HandledMark | undefined {
    const streams = this.queues.get(queue);
    if (streams === undefined || exchange !== this.names.exchange) return undefined;
    let prefix = streams.get(stream);
    if (prefix === undefined) streams.set(stream, (prefix = new HandledPrefix()));
    return prefix.begin(position);
  }

  /** Cluster time of the oldest event that came by a queue and is not dealt with, for each queue that has one. */
  oldest(): ReadonlyMap<string, Date> {
    const oldest = new Map<string, Date>();
    for (const [queue, streams] of this.queues) {
      const open = [...streams.values()].flatMap(({ oldestOpen }) => oldestOpen?.clusterTime.t ?? []);
      if (open.length > 0) oldest.set(queue, new Date(Math.min(...open) * 1_000));
    }
    return oldest;
  }

  /** Saves what is not saved of the queue. Rejects while the state database is away. */
  async save(queue: string): Promise<void> {
    const moved = new Map<string, Position>();
    const prefixes: HandledPrefix[] = [];
    for (const [stream, prefix] of this.queues.get(queue) ?? []) {
      const { reached } = prefix;
      if (reached === undefined || reached === this.saved.get(prefix)) continue;
      moved.set(stream, reached);
      prefixes.push(prefix);
      this.saved.set(prefix, reached);
    }
    if (moved.size === 0) return;
    try {
      await this.store.savePositions(queue, moved);
    } catch (error) {
      for (const prefix of prefixes) this.saved.delete(prefix);
      throw error;
    }
  }

  private saveAll(): void {
    for (const queue of this.queues.keys())
      this.save(queue).catch((error: unknown) =>
        this.logger.debug(`handled positions are not saved: ${String(error)}`),
      );
  }
}

/** Of an event by its cluster time; never negative, whatever the clocks. Undefined where there is no event. */
export function ageSeconds(at: Date | undefined, nowMs: number): number | undefined {
  return at === undefined ? undefined : Math.max(0, (nowMs - at.getTime()) / 1_000);
}
