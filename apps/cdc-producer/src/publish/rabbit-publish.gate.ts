import { Injectable } from '@nestjs/common';
import { ConfirmedRmqClient } from '@sluice/messaging';
import { GroupDirectory } from '../group/group.directory.js';
import { QueueWatch } from '../group/queue.watch.js';
import { PublishGate } from './publish.gate.js';
import type { Standing } from './stream.publisher.js';

const CONNECTION_EVENTS = ['connected', 'disconnected', 'blocked', 'unblocked'] as const;

/** Publishing goes on while the broker takes messages, no group is joining, and every bound group has its queues. */
@Injectable()
export class RabbitPublishGate extends PublishGate {
  constructor(
    private readonly client: ConfirmedRmqClient,
    private readonly groups: GroupDirectory,
    private readonly queues: QueueWatch,
  ) {
    super();
  }

  closedBecause(): Standing | undefined {
    const { status, lastError } = this.client.connection;
    if (status === 'blocked') return { state: 'held', reason: lastError?.message ?? 'the broker blocks publishing' };
    if (status !== 'connected') {
      return { state: 'reconnecting', reason: `RabbitMQ is not connected: ${lastError?.message ?? status}` };
    }
    if (!this.groups.isRead) return { state: 'waiting', reason: 'the consumer groups have not been read yet' };
    const { unreadable } = this.groups;
    if (unreadable !== undefined) {
      const reason = `the registration of group "${unreadable}" cannot be read: is its cdc-consumer of another version?`;
      return { state: 'held', reason };
    }
    const joining = this.groups.joining();
    if (joining !== undefined) return { state: 'waiting', reason: `group "${joining}" is joining` };
    return this.queueFault();
  }

  onChange(listener: () => void): () => void {
    const { connection } = this.client;
    for (const event of CONNECTION_EVENTS) connection.on(event, listener);
    const stops = [this.groups.onChange(listener), this.queues.onChange(listener)];
    return () => {
      for (const event of CONNECTION_EVENTS) connection.off(event, listener);
      for (const stop of stops) stop();
    };
  }

  /** `mandatory` only says that nobody at all took a message: one group's lost queues would go unnoticed. */
  private queueFault(): Standing | undefined {
    const { missing } = this.queues;
    if (missing === 'unknown') return { state: 'waiting', reason: "the groups' queues have not been checked yet" };
    if (missing === undefined) return undefined;
    const { group, queue } = missing;
    return {
      state: 'held',
      reason: `queue "${queue}" of group "${group}" is missing. Start or restart the group's cdc-consumer, which declares it; the stream goes on by itself.`,
    };
  }
}
