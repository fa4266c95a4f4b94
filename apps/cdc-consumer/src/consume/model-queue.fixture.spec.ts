import { EventEmitter } from 'node:events';
import { encodeChangeEvent, type ChangeEvent } from '@sluice/contracts';
import type { Channel, ConsumeMessage } from 'amqplib';

/** Which process's channel a message was delivered on, for handlers that have to know. */
export const OWNER_HEADER = 'x-model-owner';

interface Message {
  readonly at: number;
  readonly event: ChangeEvent<object>;
  redelivered: boolean;
}

type Receive = (message: ConsumeMessage) => void;

/** A channel as far as a partition uses one. */
export class ModelChannel extends EventEmitter {
  private readonly unacknowledged = new Map<number, Message>();
  private limit = 0;
  private tag = 0;
  private receive: Receive | undefined;
  private isOpen = true;

  constructor(
    private readonly queue: ModelQueue,
    private readonly owner: number,
  ) {
    super();
  }

  asChannel(): Channel {
    return this as EventEmitter as Channel; // what a partition uses of it
  }
  prefetch(limit: number): Promise<void> {
    this.limit = limit;
    return Promise.resolve();
  }
  consume(_queue: string, receive: Receive): Promise<void> {
    this.receive = receive;
    this.queue.subscribe(this);
    return Promise.resolve();
  }
  get isFull(): boolean {
    return this.unacknowledged.size >= this.limit;
  }
  get isIdle(): boolean {
    return this.unacknowledged.size === 0;
  }

  deliver(message: Message): void {
    this.tag += 1;
    this.unacknowledged.set(this.tag, message);
    const { body, contentType } = encodeChangeEvent(message.event as ChangeEvent); // a document is an object to the codec
    const headers = { [OWNER_HEADER]: this.owner };
    const fields = { deliveryTag: this.tag, redelivered: message.redelivered, exchange: 'model', routingKey: '' };
    this.receive?.({
      content: body,
      fields,
      properties: { contentType, messageId: message.event.id, headers },
    } as never); // all that is read
  }

  ack({ fields: { deliveryTag } }: ConsumeMessage, multiple: boolean): void {
    if (!this.isOpen) throw new Error('Channel closed');
    if (!this.unacknowledged.has(deliveryTag)) throw new Error(`tag ${deliveryTag} is acknowledged twice`);
    for (const tag of [...this.unacknowledged.keys()]) {
      if (tag === deliveryTag || (multiple && tag < deliveryTag)) this.unacknowledged.delete(tag);
    }
    this.queue.pump();
  }

  close(): Promise<void> {
    this.lose();
    return Promise.resolve();
  }

  /** However it ends: what was not acknowledged goes back to where it was. */
  lose(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.emit('close');
    this.queue.left(this, [...this.unacknowledged.values()]);
  }
}

/** A queue with a single active consumer, as RabbitMQ's quorum queues have it: the first that is left is the next. */
export class ModelQueue {
  private waiting: Message[] = [];
  private readonly channels: ModelChannel[] = [];
  private published = 0;

  /** Nothing waits, and nothing is with a consumer. */
  get isEmpty(): boolean {
    return this.waiting.length === 0 && this.channels.every((channel) => channel.isIdle);
  }

  publish(event: ChangeEvent<object>): void {
    this.waiting.push({ at: this.published++, event, redelivered: false });
    this.pump();
  }
  subscribe(channel: ModelChannel): void {
    this.channels.push(channel);
    this.pump();
  }
  left(channel: ModelChannel, unacknowledged: readonly Message[]): void {
    const index = this.channels.indexOf(channel);
    if (index >= 0) this.channels.splice(index, 1);
    for (const message of unacknowledged) message.redelivered = true;
    this.waiting = [...this.waiting, ...unacknowledged].sort((a, b) => a.at - b.at);
    this.pump();
  }
  pump(): void {
    const [active] = this.channels;
    while (active !== undefined && !active.isFull && this.waiting.length > 0) {
      const next = this.waiting.shift();
      if (next !== undefined) active.deliver(next);
    }
  }
}
