import { Injectable } from '@nestjs/common';
import { OrderedRmqServer } from '@sluice/messaging';
import { GracefulShutdown, type Readiness } from '@sluice/platform';
import { GroupMembership } from '../group/group.membership.js';
import { GroupTopology } from '../group/group.topology.js';

/** Whether this replica does its part of the group's work, and if not, since when and why. */
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
    const { state } = this.server;
    const topology = this.topology.state;
    // An operator's pause is no fault: a replica that is restarted for it would come back paused.
    if (state === 'paused') return this.whilePaused();
    if (state === 'running') return { ready: true, state };
    if (topology.state === 'failing') {
      return { ready: false, state: topology.state, since: topology.since, reason: topology.error.message };
    }
    return { ready: false, state: topology.state === 'joining' ? 'joining' : state, since: topology.since };
  }

  private whilePaused(): Readiness {
    if (this.membership.currentConsumption !== 'outdated') return { ready: true, state: 'paused' };
    return { ready: false, state: 'outdated', reason: 'the group is registered with the patterns of other handlers' };
  }
}
