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
import { GroupMembership } from '../group/group.membership.js';
import { DeadLettersUnavailableError, DeadLetterUnreadableError } from './dead-letter.errors.js';
import { keptProperties } from './dead-letter.mapper.js';
import { letterId } from './found-letter.mapper.js';
import { ReplayFence } from './replay.fence.js';

/** Of the dead letter, and not of the message that it was. */
const LETTER_HEADERS = new Set<string>([...Object.values(DEAD_LETTER_HEADERS), 'x-death']);

/**
 * Hands a dead letter back to its group: straight into the queue of its document's partition, so that no other group
 * gets it, behind everything that waits there.
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
    const routingKey = this.queueOf(event);
    await this.publisher.publish({ exchange: '', routingKey, body, properties: sent }, signal);
  }

  private queueOf(event: ChangeEvent): string {
    const group = this.membership.current;
    if (group === undefined) throw new DeadLettersUnavailableError('the group is not registered yet');
    const bucket = 'documentKey' in event ? bucketOfValue(namespaceName(event.ns), event.documentKey._id) : 0;
    const queue = group.queues[bucket % group.partitions];
    if (queue === undefined) throw new DeadLettersUnavailableError('the group has no queue for it');
    return queue;
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
