import { Inject, Injectable } from '@nestjs/common';
import type { GroupRegisterResult, TopologyNames } from '@sluice/contracts';
import { groupBindings, TopologyDeclarer } from '@sluice/messaging';
import { TOPOLOGY_NAMES } from '../connections/connections.module.js';
import { ConsumeConnection } from '../connections/rabbit.connections.js';
import type { StoredGroup } from './stored-group.js';

export type FoundQueues = GroupRegisterResult['queues'];

/** What a group leaves on the broker. Every step may be done again. */
@Injectable()
export class GroupRetirement {
  private readonly declarer: TopologyDeclarer;

  constructor(
    connection: ConsumeConnection,
    @Inject(TOPOLOGY_NAMES) private readonly names: TopologyNames,
  ) {
    this.declarer = new TopologyDeclarer(connection);
  }

  /** The group's queues that are there; those of an own group with that of its dead letters. */
  async queuesOf(group: Pick<StoredGroup, '_id' | 'kind' | 'queues'>): Promise<FoundQueues> {
    const own = group.kind === 'own' ? [this.names.deadLetterQueue(group._id)] : [];
    const found = await this.declarer.inspect([...group.queues, ...own]);
    return found
      .filter((queue) => queue !== undefined)
      .map(({ name, messages }) => ({ name, messages, isDeleted: false }));
  }

  /** Nothing comes to an own group any more; what is in its queues stays. */
  async unbind(group: StoredGroup): Promise<void> {
    const patterns = [...new Set([...group.patterns, ...group.retired])];
    const { partitions, generation } = group;
    const input = { names: this.names, group: group._id, patterns, partitions, generation };
    const isFromOthers = ({ exchange }: { exchange: string }) => exchange === this.names.exchange;
    await this.declarer.unbind(groupBindings(input).filter(isFromOthers));
  }

  /**
   * Deletes the queues of an unbound group that nobody reads and nothing is in, unless `isDiscarding`. Quorum queues know
   * no deletion "if empty" (RabbitMQ ends the connection); unbound they stay as empty as they are found.
   */
  async remove(group: StoredGroup, isDiscarding: boolean): Promise<FoundQueues> {
    const dead = this.names.deadLetterQueue(group._id);
    const found = (await this.declarer.inspect([...group.queues, dead])).filter((queue) => queue !== undefined);
    const isFree = found.every(({ messages, consumers }) => (isDiscarding || messages === 0) && consumers === 0);
    const gone = isFree ? found.map(({ name }) => name) : [];
    await this.declarer.remove(gone);
    if (isFree) await this.declarer.removeExchange(this.names.controlExchange(group._id, group.generation));
    return found.map(({ name, messages }) => ({ name, messages, isDeleted: gone.includes(name) }));
  }
}
