/** The consumer's ceiling: plain amqplib, acknowledgements of 50 at once, `BSON.deserialize`, one field read. */
import { connect } from 'amqplib';
import { BSON } from 'mongodb';
import { EventLog } from '../lib/event-log.mjs';

const MULTIPLE = 50;
const { BENCH_RABBITMQ, BENCH_QUEUE, BENCH_PREFETCH } = process.env;
const log = EventLog.fromEnvironment();

const connection = await connect(BENCH_RABBITMQ);
const channel = await connection.createChannel();
await channel.prefetch(Number(BENCH_PREFETCH));
let sum = 0;
let unacknowledged = 0;
await channel.consume(BENCH_QUEUE, (message) => {
  const event = BSON.deserialize(message.content);
  const { fullDocument } = event.data ?? event; // our envelope, or the change as MongoDB tells it
  sum += fullDocument.total;
  log?.note(fullDocument.n);
  unacknowledged += 1;
  if (unacknowledged < MULTIPLE) return;
  unacknowledged = 0;
  channel.ack(message, true);
});
process.on('exit', () => process.stdout.write(`${sum}\n`)); // so that no field is read for nothing
