import {
  bucketOfValue,
  encodeChangeEvent,
  HEADER_EPOCH,
  HEADER_POSITION,
  HEADER_STREAM,
  namespaceName,
  patternOf,
  positionKey,
  routingKeyOf,
  topologyNames,
  type ChangeEvent,
  type TopologyNames,
} from '@sluice/contracts';
import { connect, type Channel, type ChannelModel, type ConfirmChannel, type GetMessage, type Options } from 'amqplib';

/** A test's own view of the broker: publishes as the producer does, and looks into queues. */
export class TestBroker {
  private constructor(
    readonly names: TopologyNames,
    private readonly connection: ChannelModel,
    private readonly channel: ConfirmChannel,
  ) {}

  static async open(uri: string, exchange: string): Promise<TestBroker> {
    const connection = await connect(uri);
    return new TestBroker(topologyNames(exchange), connection, await connection.createConfirmChannel());
  }

  /** Publishes events in their order; resolves when the broker has them all. */
  async publish(...events: ChangeEvent<object>[]): Promise<void> {
    for (const event of events) {
      const [body, properties] = this.messageOf(event);
      const bucket = 'documentKey' in event ? bucketOfValue(namespaceName(event.ns), event.documentKey._id) : undefined;
      this.send(routingKeyOf(bucket, patternOf(event)), body, { ...properties, mandatory: true });
    }
    await this.channel.waitForConfirms();
  }

  /** The body and the properties of an event's message. */
  messageOf(event: ChangeEvent<object>): [Buffer, Options.Publish] {
    const { body, contentType } = encodeChangeEvent(event as ChangeEvent); // a document is an object to the codec
    const headers = {
      [HEADER_STREAM]: event.stream,
      [HEADER_POSITION]: positionKey(event.position),
      [HEADER_EPOCH]: event.source.epoch,
    };
    return [body, { contentType, messageId: event.id, headers }];
  }

  /** Publishes any bytes to one queue. */
  async publishTo(queue: string, body: Buffer, properties: Options.Publish): Promise<void> {
    this.channel.sendToQueue(queue, body, { persistent: true, ...properties });
    await this.channel.waitForConfirms();
  }

  async declareQueue(queue: string, options: Options.AssertQueue): Promise<void> {
    await this.withChannel((channel) => channel.assertQueue(queue, options));
  }
  async deleteQueue(queue: string): Promise<void> {
    await this.withChannel((channel) => channel.deleteQueue(queue));
  }
  hasQueue(queue: string): Promise<boolean> {
    return this.isThere((channel) => channel.checkQueue(queue));
  }
  hasExchange(exchange: string): Promise<boolean> {
    return this.isThere((channel) => channel.checkExchange(exchange));
  }
  async deleteExchange(exchange: string): Promise<void> {
    await this.withChannel((channel) => channel.deleteExchange(exchange));
  }
  async bind(queue: string, key: string): Promise<void> {
    await this.withChannel((channel) => channel.bindQueue(queue, this.names.exchange, key));
  }
  async unbind(queue: string, key: string): Promise<void> {
    await this.withChannel((channel) => channel.unbindQueue(queue, this.names.exchange, key));
  }
  /** Messages that wait in a queue, without those that a consumer holds. */
  async depth(queue: string): Promise<number> {
    return this.withChannel(async (channel) => (await channel.checkQueue(queue)).messageCount);
  }

  /** Takes the next dead letter of a group, if there is one. */
  async deadLetter(group: string): Promise<GetMessage | undefined> {
    return this.withChannel(async (channel) => {
      const message = await channel.get(this.names.deadLetterQueue(group), { noAck: true });
      return message === false ? undefined : message;
    });
  }

  /** Removes everything that a group left on the broker. */
  async clear(group: string): Promise<void> {
    const queues = [1, 2, 3].flatMap((generation) =>
      Array.from({ length: 8 }, (_, partition) => this.names.partitionQueue(group, generation, partition)),
    );
    for (const queue of [...queues, this.names.deadLetterQueue(group), this.names.realtimeStream])
      await this.deleteQueue(queue);
    await this.withChannel(async (channel) => {
      await channel.deleteExchange(this.names.exchange);
      await channel.deleteExchange(this.names.deadLetterExchange);
      await channel.deleteExchange(this.names.controlExchange(group, 1));
    });
  }

  async close(): Promise<void> {
    await this.connection.close();
  }

  private send(routingKey: string, body: Buffer, properties: Options.Publish): void {
    this.channel.publish(this.names.exchange, routingKey, body, { persistent: true, ...properties });
  }

  private async isThere(check: (channel: Channel) => Promise<unknown>): Promise<boolean> {
    const channel = await this.connection.createChannel();
    channel.on('error', () => undefined); // tells that there is none, and closes
    return check(channel).then(
      async () => {
        await channel.close();
        return true;
      },
      () => false,
    );
  }

  /** A channel of its own: an error on it must not take the test's publishing with it. */
  private async withChannel<T>(work: (channel: ConfirmChannel) => Promise<T>): Promise<T> {
    const channel = await this.connection.createConfirmChannel();
    channel.on('error', () => undefined); // the call itself rejects
    const result = await work(channel);
    await channel.close();
    return result;
  }
}
