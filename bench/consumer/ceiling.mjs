/** The consumer's ceiling: plain amqplib, acknowledgements of 50 at once, `BSON.deserialize`, one field read. */
import { connect } from 'amqplib';
import { BSON } from 'bson';

const MULTIPLE = 50;
const { BENCH_RABBITMQ, BENCH_QUEUE, BENCH_PREFETCH } = process.env;

const connection = await connect(BENCH_RABBITMQ);
const channel = await connection.createChannel();
await channel.prefetch(Number(BENCH_PREFETCH));
let sum = 0;
let unacknowledged = 0;
await channel.consume(BENCH_QUEUE, (message) => {
  const { data } = BSON.deserialize(message.content);
  sum += data.fullDocument.total;
  unacknowledged += 1;
  if (unacknowledged < MULTIPLE) return;
  unacknowledged = 0;
  channel.ack(message, true);
});
process.on('exit', () => process.stdout.write(`${sum}\n`)); // so that no field is read for nothing
