import { Logger } from '@nestjs/common';
import type { SendMark } from '../publish/publish-window.js';
import type { StreamPublisher } from '../publish/stream.publisher.js';
import type { GroupDirectory } from './group.directory.js';
import type { SettlementStore } from './settlement.store.js';

interface Witnessed {
  readonly name: string;
  readonly epoch: number;
}

/**
 * Says for one stream, while it runs, that everything which it had sent before it knew of a group's new queues is
 * confirmed: none of it can still come into the old queues alone. The stream goes on meanwhile.
 */
export class SettlementWitness {
  private readonly logger: Logger;
  private readonly marks = new Map<string, SendMark>();
  private readonly told = new Set<string>();

  constructor(
    private readonly stream: Witnessed,
    private readonly groups: GroupDirectory,
    private readonly publisher: Pick<StreamPublisher<unknown>, 'sendMark' | 'isPast'>,
    private readonly store: SettlementStore,
  ) {
    this.logger = new Logger(`settlement ${stream.name}`);
  }

  /** Looks each time that the groups have been read; answers how to stop that. */
  start(): () => void {
    return this.groups.onChange(() => this.look());
  }

  private look(): void {
    for (const { _id: group, next } of this.groups.groups) {
      if (next?.step !== 'settling' || this.told.has(next.id)) continue;
      const mark = this.marks.get(next.id) ?? this.publisher.sendMark;
      this.marks.set(next.id, mark);
      if (this.publisher.isPast(mark)) void this.tell(group, next.id);
    }
  }

  private async tell(group: string, repartition: string): Promise<void> {
    this.told.add(repartition);
    try {
      await this.store.settled(this.stream.name, this.stream.epoch, group, repartition);
      this.marks.delete(repartition);
    } catch (error) {
      this.told.delete(repartition); // again at the next look
      this.logger.debug(`not told: ${String(error)}`);
    }
  }
}
