import { Injectable } from '@nestjs/common';
import { OrderedRmqServer } from '@sluice/messaging';
import { GracefulShutdown, type Readiness } from '@sluice/platform';
import { GroupMembership } from '../group/group.membership.js';
import { GroupTopology } from '../group/group.topology.js';
import { groupReadiness } from './group-readiness.policy.js';

/** Asks all who know whether this replica does its part of the group's work. */
@Injectable()
export class GroupReadiness {
  constructor(
    private readonly shutdown: GracefulShutdown,
    private readonly server: OrderedRmqServer,
    private readonly topology: GroupTopology,
    private readonly membership: GroupMembership,
  ) {}

  read(): Readiness {
    if (this.shutdown.isShuttingDown) return { ready: false, state: 'shutting down' };
    return groupReadiness({
      consuming: this.server.state,
      since: this.server.since,
      topology: this.topology.state,
      consumption: this.membership.currentConsumption,
    });
  }
}
