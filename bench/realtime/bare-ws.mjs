/** The least that does the same: plain amqplib, one `JSON.stringify` for an event, `send` for each of its topic's sockets. */
import { connect } from 'amqplib';
import { WebSocketServer } from 'ws';

const { BENCH_RABBITMQ, BENCH_QUEUE, BENCH_PORT } = process.env;
const sockets = new Map();

const server = new WebSocketServer({ host: '127.0.0.1', port: Number(BENCH_PORT), path: '/realtime' });
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const { id, where } = JSON.parse(data);
    const topic = where?.topic;
    if (!sockets.has(topic)) sockets.set(topic, new Set());
    sockets.get(topic).add(socket);
    socket.send(JSON.stringify({ type: 'subscribed', id, heartbeatMs: 60_000 }));
  });
  socket.on('close', () => sockets.forEach((each) => each.delete(socket)));
});

const connection = await connect(BENCH_RABBITMQ);
const channel = await connection.createChannel();
await channel.consume(
  BENCH_QUEUE,
  ({ content }) => {
    const { id, operation, ns, documentKey, fullDocument } = JSON.parse(content).data;
    const message = { type: 'event', event: { id, operation, ns, documentKey, fullDocument } };
    const frame = Buffer.from(JSON.stringify(message));
    for (const topic of [fullDocument.topic, undefined])
      for (const socket of sockets.get(topic) ?? []) socket.send(frame, { binary: false });
  },
  { noAck: true },
);
