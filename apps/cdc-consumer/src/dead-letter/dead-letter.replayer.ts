import { Injectable } from '@nestjs/common';
import {
  bucketOfValue,
  DEAD_LETTER_HEADERS,
  decodeChangeEvent,
  namespaceName,
  REPLAY_HEADERS,
  type ChangeEvent,
} from '@sluice/contracts';
import type { Message } from 'amqplib';
import { ConfirmedPublisher } from '../connections/confirmed.publisher.js';
import { PublishConnection } from '../connections/rabbit.connections.js';
import type { QueueMessage } from '../connections/queue.publisher.js';
import { GroupMembership } from '../group/group.membership.js';
import { lastingQueues, queueOfBucket } from '../group/repartition.plan.js';
import type { StoredGroup } from '../group/stored-group.js';
import { DeadLettersUnavailableError, DeadLetterUnreadableError } from './dead-letter.errors.js';
import { keptProperties } from './dead-letter.mapper.js';
import { letterId } from './found-letter.mapper.js';
import { ReplayFence } from './replay.fence.js';

/** Of the dead letter, and not of the message that it was. */
const LETTER_HEADERS = new Set<string>([...Object.values(DEAD_LETTER_HEADERS), 'x-death']);

/**
 * Hands a dead letter back to its group: straight into the queue of its document's partition, so that no other group
 * gets it, behind everything that waits there. While the number of partitions changes, that is a queue of the next one.
 */
@Injectable()
export class DeadLetterReplayer {
  private readonly publisher: ConfirmedPublisher;

  constructor(
    private readonly membership: GroupMembership,
    private readonly fence: ReplayFence,
    connection: PublishConnection,
  ) {
    this.publisher = new ConfirmedPublisher(connection);
  }

  /**
   * `replayed`: the partition's queue has it. `superseded`: nothing was done, because a later change was handled.
   * @throws DeadLetterUnreadableError, PublishError, InboxUnavailableError
   */
  async replay(message: Message, signal: AbortSignal): Promise<'replayed' | 'superseded'> {
    const event = eventOf(message);
    if (await this.fence.isSuperseded(message, event)) return 'superseded';
    await this.send(message, event, signal);
    return 'replayed';
  }

  private async send(message: Message, event: ChangeEvent, signal: AbortSignal): Promise<void> {
    const { content: body, properties } = message;
    const own = Object.entries(properties.headers ?? {}).filter(([name]) => !isOfLetter(name));
    const handler: unknown = properties.headers?.[DEAD_LETTER_HEADERS.handler];
    const replay = {
      [REPLAY_HEADERS.letter]: letterId(message),
      ...(typeof handler === 'string' ? { [REPLAY_HEADERS.handler]: handler } : {}),
    };
    const headers: Record<string, unknown> = { ...Object.fromEntries(own), ...replay };
    const sent = { ...keptProperties(properties), headers, persistent: true };
    const bucket = 'documentKey' in event ? bucketOfValue(namespaceName(event.ns), event.documentKey._id) : 0;
    await this.publish(bucket, { body, properties: sent }, signal);
  }

  /**
   * Into a queue that is read to its end, as the registration says it afterwards too: had the number of partitions begun
   * to change meanwhile, the replay might lie behind its queue's mark, and would go with the queue.
   */
  private async publish(bucket: number, message: QueueMessage, signal: AbortSignal): Promise<void> {
    for (let group = await this.group(); ;) {
      const queue = queueOfBucket(group, bucket);
      if (queue === undefined) throw new DeadLettersUnavailableError('the group has no queue for it');
      await this.publisher.publish({ exchange: '', routingKey: queue, ...message }, signal);
      group = await this.group();
      if (lastingQueues(group).includes(queue)) return;
    }
  }

  private async group(): Promise<StoredGroup> {
    await this.membership.look();
    const group = this.membership.current;
    if (group === undefined) throw new DeadLettersUnavailableError('the group is not registered yet');
    return group;
  }
}

function isOfLetter(name: string): boolean {
  return LETTER_HEADERS.has(name) || name.startsWith('x-first-death-') || name.startsWith('x-last-death-');
}

function eventOf(message: Message): ChangeEvent {
  try {
    return decodeChangeEvent(message.content, message.properties.contentType as string | undefined).event;
  } catch (cause) {
    throw new DeadLetterUnreadableError(letterId(message), { cause });
  }
}
