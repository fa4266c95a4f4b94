import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { GroupMembership } from './group.membership.js';
import { GroupTopology } from './group.topology.js';

const LOOK_MS = 5_000;

/** A partition's queue as the broker last said. */
export interface WatchedPartition {
  readonly partition: number;
  readonly queue: string;
  readonly messages: number;
  readonly consumers: number;
  /** Since when nobody consumes it, as this replica saw; undefined while somebody does. */
  readonly unconsumedSince: Date | undefined;
}

/** Looks every five seconds what the broker says of the group's queues, for metrics and readiness. */
@Injectable()
export class PartitionWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private seen: readonly WatchedPartition[] = [];
  private letters: number | null = null;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly membership: GroupMembership,
    private readonly topology: GroupTopology,
  ) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.look(), LOOK_MS).unref();
  }

  onModuleDestroy(): void {
    clearInterval(this.timer);
  }

  /** Nothing while the broker cannot be asked. */
  get partitions(): readonly WatchedPartition[] {
    return this.seen;
  }

  /** Messages in the group's dead-letter queue; null while they are not known. */
  get deadLetters(): number | null {
    return this.letters;
  }

  async look(): Promise<void> {
    const names = this.membership.current?.queues ?? [];
    const { queues, deadLetters } = await this.topology.inspect();
    const before = new Map(this.seen.map((each) => [each.queue, each.unconsumedSince]));
    const found = new Map(queues.map((queue) => [queue.name, queue]));
    this.letters = deadLetters.messages;
    this.seen = names.flatMap((queue, partition): WatchedPartition[] => {
      const { messages, consumers } = found.get(queue) ?? {};
      if (messages === undefined || consumers === undefined) return [];
      const unconsumedSince = consumers > 0 ? undefined : (before.get(queue) ?? new Date());
      return [{ partition, queue, messages, consumers, unconsumedSince }];
    });
  }
}
