import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { OrderedRmqServer } from '@sluice/messaging';
import { GroupMembership } from '../group/group.membership.js';
import type { Consumption } from '../group/consumption.policy.js';
import { GroupHeartbeat } from '../group/group.heartbeat.js';
import { GroupShare } from '../group/group.share.js';

/** Why nothing is consumed any more. */
const STOPPED: Record<Exclude<Consumption, 'run'>, string> = {
  paused: 'is paused: running handlers end, the rest waits in the queues until the group is resumed',
  outdated:
    "is registered with other patterns than this replica's handlers have (a newer deployment?): this replica stops consuming",
};
/** What has ended, by what it was before. */
const RESUMED: typeof STOPPED = {
  paused: 'is resumed',
  outdated: "is registered with this replica's patterns again",
};

/** Lets this replica consume, or not, and which partitions, as the group's registration says. */
@Injectable()
export class ConsumptionControl implements OnModuleInit {
  private readonly logger = new Logger(ConsumptionControl.name);
  private last: Consumption = 'run';
  private applied = 0;
  private paused = 0;

  constructor(
    private readonly server: OrderedRmqServer,
    private readonly membership: GroupMembership,
    private readonly heartbeat: GroupHeartbeat,
    private readonly share: GroupShare,
  ) {}

  onModuleInit(): void {
    this.share.onChange((queues) => this.server.consumer.assign(queues));
    this.membership.onConsumption((consumption) => this.apply(consumption));
  }

  /** Times that this replica paused with its group. */
  get pauses(): number {
    return this.paused;
  }

  private apply(consumption: Consumption): void {
    this.applied += 1;
    const before = this.last;
    this.last = consumption;
    if (consumption === 'run') {
      if (before !== 'run')
        this.logger.log(`group "${this.membership.name}" ${RESUMED[before]}: this replica consumes`);
      return this.server.consumer.start();
    }
    if (consumption === 'paused') this.paused += 1;
    this.logger.warn(`group "${this.membership.name}" ${STOPPED[consumption]}`);
    this.stop(this.applied).catch((error: unknown) => this.logger.error(error));
  }

  /** Those who registered other patterns, or reset a paused group, wait for the word that it handles nothing more. */
  private async stop(applied: number): Promise<void> {
    await this.server.consumer.pause();
    if (applied !== this.applied) return;
    this.membership.stopped();
    this.heartbeat.soon();
  }
}
