/** The ceiling: raw cursor → raw BSON body → confirmed publish window, and no other work. */
import { connect } from 'amqplib';
import { MongoClient, Timestamp } from 'mongodb';

const WINDOW = 1_000;
const { BENCH_MONGODB, BENCH_RABBITMQ, BENCH_DATABASE, BENCH_COLLECTION, BENCH_QUEUE, BENCH_START } = process.env;
/** Straight into the queue unless an exchange is named. */
const { BENCH_EXCHANGE = '', BENCH_ROUTING_KEY = BENCH_QUEUE } = process.env;

const client = await MongoClient.connect(BENCH_MONGODB);
const connection = await connect(BENCH_RABBITMQ);
const channel = await connection.createConfirmChannel();
const startAtOperationTime = new Timestamp(JSON.parse(BENCH_START));
const cursor = client
  .db(BENCH_DATABASE)
  .collection(BENCH_COLLECTION)
  .aggregate([{ $changeStream: { fullDocument: 'updateLookup', startAtOperationTime } }], {
    raw: true,
    batchSize: 1_000,
    maxAwaitTimeMS: 1_000,
  });

let sent = 0;
let confirmed = 0;
let room = () => undefined;
channel.on('ack', ({ deliveryTag, multiple }) => {
  confirmed = multiple ? Math.max(confirmed, deliveryTag) : confirmed + 1;
  room();
});

for (;;) {
  await cursor.hasNext();
  for (const { buffer, byteOffset, byteLength } of cursor.readBufferedDocuments()) {
    while (sent - confirmed >= WINDOW) await new Promise((resolve) => (room = resolve));
    const body = Buffer.from(buffer, byteOffset, byteLength);
    channel.publish(BENCH_EXCHANGE, BENCH_ROUTING_KEY, body, {
      persistent: true,
      mandatory: true,
      contentType: 'application/bson',
    });
    sent += 1;
  }
}
