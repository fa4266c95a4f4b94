import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { OrderedRmqServer } from '@sluice/messaging';
import { GroupMembership } from '../group/group.membership.js';
import type { Consumption } from '../group/consumption.policy.js';

/** Lets this replica consume, or not, as the group's registration says. */
@Injectable()
export class ConsumptionControl implements OnModuleInit {
  private readonly logger = new Logger(ConsumptionControl.name);

  constructor(
    private readonly server: OrderedRmqServer,
    private readonly membership: GroupMembership,
  ) {}

  onModuleInit(): void {
    this.membership.onConsumption((consumption) => this.apply(consumption));
  }

  private apply(consumption: Consumption): void {
    if (consumption === 'run') return this.server.consumer.start();
    this.logger.warn(
      consumption === 'paused'
        ? 'the group is paused: nothing is consumed until it is resumed'
        : "the group has been registered with other patterns than this replica's handlers have (a newer deployment?): this replica stops consuming",
    );
    this.server.consumer.pause().catch((error: unknown) => this.logger.error(error));
  }
}
