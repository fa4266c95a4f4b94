import { MirrorProjection, type MirrorDifference, type MirrorTarget } from '@sluice/handlers';
import { eventually } from '@sluice/testing';
import type { Collection, MongoClient } from 'mongodb';
import { InProcessProducer } from '../../harness/in-process.producer.js';
import { ConsumerSystem, type ConsumerOptions, type TestConsumer } from './consumer-system.js';
import type { Versioned } from '../../harness/version.watch.js';

const DOCUMENTS = 20;

/** A producer, a collection that it captures, and the consumers that keep a copy of it in another database. */
export class MirrorSystem {
  private constructor(
    readonly producer: InProcessProducer,
    readonly consumers: ConsumerSystem,
  ) {}

  static async open(): Promise<MirrorSystem> {
    const producer = await InProcessProducer.prepare();
    const names = { exchange: producer.exchange, stateDb: `${producer.name}_state` };
    return new MirrorSystem(producer, await ConsumerSystem.open(names));
  }

  get source(): Collection<Versioned> {
    return this.producer.db.collection('orders');
  }

  get copy(): Collection<Versioned> {
    return this.copyAt(this.producer.mongo) as unknown as Collection<Versioned>; // of documents of any shape
  }

  /** One replica of the mirror, in a consumer of its own; `client`: by which it reaches the copy. */
  async mirror({
    from = `${this.producer.database}.orders`,
    client = this.producer.mongo,
    ...options
  }: ConsumerOptions & { from?: string; client?: MongoClient } = {}): Promise<{
    mirror: MirrorProjection;
    consumer: TestConsumer;
  }> {
    class OrdersMirror extends MirrorProjection.of({ from, maxWaitMs: 10 }) {}
    const target: MirrorTarget = () => this.copyAt(client);
    const mirror = new OrdersMirror(target);
    return { mirror, consumer: await this.consumers.consumer({ ...options, handlers: [mirror] }) };
  }

  /** Starts the stream. */
  async capture(stream: Readonly<Record<string, unknown>> = {}): Promise<void> {
    await this.producer.start(stream);
    await this.producer.running();
  }

  /** Every kind of change; the version of a document only ever grows. */
  async change(rounds: number, from = 1): Promise<void> {
    for (let version = from; version < from + rounds; version++) {
      for (let _id = 0; _id < DOCUMENTS; _id++) {
        const kind = (version + _id) % 5;
        if (kind === 0) await this.source.deleteOne({ _id });
        else if (kind === 1)
          await this.source.replaceOne({ _id }, { version, list: [1, { deep: version }] }, { upsert: true });
        else await this.source.updateOne({ _id }, { $set: { version, [`f${kind}`]: version } }, { upsert: true });
      }
    }
  }

  async differences(mirror: MirrorProjection): Promise<readonly MirrorDifference[]> {
    return (await mirror.equalsSource(this.source as unknown as Collection)).differences; // of documents of any shape
  }

  async untilEqual(mirror: MirrorProjection): Promise<void> {
    await eventually(
      async () => (await this.source.countDocuments()) > 0 && (await this.differences(mirror)).length === 0,
    );
  }

  async close(): Promise<void> {
    await this.consumers.close();
    await this.copy.db.dropDatabase();
    await this.producer.stop();
  }

  private copyAt(client: MongoClient): Collection {
    return client.db(`${this.producer.name}_copy`).collection('orders');
  }
}
