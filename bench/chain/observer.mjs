/** Notes when each message is there to be taken, and takes it: no acknowledgements, and no window. */
import { connect } from 'amqplib';
import { BSON } from 'mongodb';
import { nowMs } from '../lib/clock.mjs';
import { EventLog } from '../lib/event-log.mjs';

const { BENCH_RABBITMQ, BENCH_QUEUE } = process.env;
const log = EventLog.fromEnvironment();

const channel = await (await connect(BENCH_RABBITMQ)).createChannel();
const read = (body, type) => (type === 'application/bson' ? BSON.deserialize(body) : JSON.parse(body));
await channel.consume(
  BENCH_QUEUE,
  ({ content, properties }) => {
    const at = nowMs();
    const event = read(content, properties.contentType);
    const { n } = (event.data ?? event).fullDocument;
    log.note(Number(n.$numberInt ?? n), at);
  },
  { noAck: true },
);
