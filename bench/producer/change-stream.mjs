/** The plain way: `ChangeStream`, `JSON.stringify`, confirmed publish with a window. */
import { connect } from 'amqplib';
import { MongoClient } from 'mongodb';
import { openChangeStream } from './open-change-stream.mjs';

const WINDOW = 1_000;
const { BENCH_MONGODB, BENCH_RABBITMQ, BENCH_QUEUE } = process.env;

const client = await MongoClient.connect(BENCH_MONGODB);
const connection = await connect(BENCH_RABBITMQ);
const channel = await connection.createConfirmChannel();

let unconfirmed = 0;
let room = () => undefined;
const onConfirm = () => {
  unconfirmed -= 1;
  room();
};
for await (const change of openChangeStream(client)) {
  while (unconfirmed >= WINDOW) await new Promise((resolve) => (room = resolve));
  unconfirmed += 1;
  const body = Buffer.from(JSON.stringify(change));
  channel.publish('', BENCH_QUEUE, body, { persistent: true, contentType: 'application/json' }, onConfirm);
}
