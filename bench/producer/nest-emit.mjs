/** Nest as it comes: `ChangeStream` and `ClientRMQ.emit`, a window of emits at the same time. */
import { ClientProxyFactory, Transport } from '@nestjs/microservices';
import { MongoClient } from 'mongodb';
import { openChangeStream } from './open-change-stream.mjs';

const WINDOW = 1_000;
const { BENCH_MONGODB, BENCH_RABBITMQ, BENCH_QUEUE } = process.env;

const client = await MongoClient.connect(BENCH_MONGODB);
const queueOptions = { durable: true, arguments: { 'x-queue-type': 'quorum' } };
const proxy = ClientProxyFactory.create({
  transport: Transport.RMQ,
  options: { urls: [BENCH_RABBITMQ], queue: BENCH_QUEUE, queueOptions, persistent: true },
});
await proxy.connect();

let running = 0;
let room = () => undefined;
const onEmitted = () => {
  running -= 1;
  room();
};
for await (const change of openChangeStream(client)) {
  while (running >= WINDOW) await new Promise((resolve) => (room = resolve));
  running += 1;
  proxy.emit(`${change.operationType}.${change.ns.db}.${change.ns.coll}`, change).subscribe({ complete: onEmitted });
}
