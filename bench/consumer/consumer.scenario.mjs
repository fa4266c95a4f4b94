import { connect } from 'amqplib';
import { topologyNames } from '../../dist/cdc-consumer/libs/contracts/src/index.js';
import { groupTopologyPlan } from '../../dist/cdc-consumer/libs/messaging/src/index.js';
import { pause } from '../lib/pause.mjs';
import { changeMessage } from './messages.mjs';

const POLL_MS = 10;
const GROUP = 'bench';
const WARM = 0.1;

/** The messages of both formats, made once: making them must not be part of what is measured. */
export function fillQueueWith({ events, bytes }) {
  const made = (format) => Array.from({ length: events }, (_, n) => changeMessage(n, bytes, format));
  return { events, messages: { json: made('json'), bson: made('bson') } };
}

/**
 * One run of one contender: it finds a full queue, and empties it. Measured between the first tenth and the end, by the
 * broker's count.
 */
export async function consumerRun({ contender, slot, servers, filled, round, signal, progress }) {
  const { name, format } = contender;
  const names = topologyNames(`bench-consumer-${name}-${round}.events`);
  const connection = await connect(servers.rabbitmq.uri);
  const queue = names.partitionQueue(GROUP, 1, 0);
  try {
    const channel = await declare(connection, names);
    await publish(connection, queue, filled.messages[format]);
    const running = await contender.start({ name, slot, servers, queue, exchange: names.exchange, group: GROUP });
    const { contender: process } = running;
    const stop = AbortSignal.any([signal, process.signal]);
    const depthUntil = (fits) => until(channel, queue, fits, { signal: stop, filled, progress });
    try {
      const from = await sample(
        process,
        depthUntil((depth) => depth <= filled.events * (1 - WARM)),
      );
      const to = await sample(
        process,
        depthUntil((depth) => depth === 0),
      );
      const events = from.depth - to.depth;
      return {
        eventsPerSecond: events / ((to.at - from.at) / 1000),
        cpuMicrosecondsPerEvent: (to.cpu - from.cpu) / events,
        peakMegabytes: process.peakMegabytes(),
        messages: filled.events,
      };
    } finally {
      await running.end();
    }
  } finally {
    await remove(connection, names, queue);
    await connection.close();
  }
}

/** As cdc-consumer declares its group, so that every contender reads from the same kind of queue. */
async function declare(connection, names) {
  const channel = await connection.createChannel();
  const brokerMajor = Number(connection.connection.serverProperties.version.split('.')[0]);
  const plan = groupTopologyPlan({ names, group: GROUP, partitions: 1, generation: 1, patterns: ['#'], brokerMajor });
  const [queue] = plan.partitions;
  for (const { name, type } of plan.exchanges) await channel.assertExchange(name, type, { durable: true });
  await channel.assertQueue(queue.name, { durable: true, arguments: queue.arguments });
  return channel;
}

async function publish(connection, queue, messages) {
  const channel = await connection.createConfirmChannel();
  for (const [index, { body, properties }] of messages.entries()) {
    channel.sendToQueue(queue, body, properties);
    if (index % 1_000 === 999) await channel.waitForConfirms();
  }
  await channel.waitForConfirms();
  await channel.close();
}

async function until(channel, queue, fits, { signal, filled, progress }) {
  for (;;) {
    signal.throwIfAborted();
    const { messageCount: depth } = await channel.checkQueue(queue);
    progress(filled.events - depth, filled.events);
    if (fits(depth)) return depth;
    await pause(POLL_MS, signal);
  }
}

async function sample(process, reached) {
  const depth = await reached;
  return { depth, at: performance.now(), cpu: process.cpuMicroseconds() };
}

async function remove(connection, names, queue) {
  const channel = await connection.createChannel();
  for (const each of [queue, names.deadLetterQueue(GROUP)]) await channel.deleteQueue(each);
  for (const exchange of [names.exchange, names.deadLetterExchange]) await channel.deleteExchange(exchange);
}
