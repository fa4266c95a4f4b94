/** Nest as it comes: `ChangeStream` and `ClientRMQ.emit`, a window of emits at the same time. */
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { MongoClient, Timestamp } from 'mongodb';

const WINDOW = 1_000;
const { BENCH_MONGODB, BENCH_RABBITMQ, BENCH_DATABASE, BENCH_COLLECTION, BENCH_QUEUE, BENCH_START } = process.env;

const client = await MongoClient.connect(BENCH_MONGODB);
const queueOptions = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
const proxy = ClientProxyFactory.create({
  transport: Transport.RMQ,
  options: { urls: [BENCH_RABBITMQ], queue: BENCH_QUEUE, queueOptions, persistent: true },
});
await proxy.connect();
const stream = client
  .db(BENCH_DATABASE)
  .collection(BENCH_COLLECTION)
  .watch([], {
    fullDocument: 'updateLookup',
    startAtOperationTime: new Timestamp(JSON.parse(BENCH_START)),
    batchSize: 1_000,
  });

let running = 0;
let room = () => undefined;
const onEmitted = () => {
  running -= 1;
  room();
};
for await (const change of stream) {
  while (running >= WINDOW) await new Promise((resolve) => (room = resolve));
  running += 1;
  proxy.emit(`${change.operationType}.${change.ns.db}.${change.ns.coll}`, change).subscribe({ complete: onEmitted });
}
