import { eventually } from '@sluice/testing';
import { connect, type ConfirmChannel } from 'amqplib';
import { Writable } from 'node:stream';
import { beforeAll, expect, it, onTestFinished } from 'vitest';
import { outletOf, type ChannelInternals } from '../../libs/messaging/src/client/channel.internals.js';
import { FrameBuffer } from '../../libs/messaging/src/client/frame.buffer.js';
import { PublishFrames } from '../../libs/messaging/src/client/publish.frames.js';
import { testServers } from '../harness/test-servers.js';

/**
 * The contract that our sending has with the installed amqplib, whose inside it uses: a new version of amqplib that
 * breaks it fails here.
 */
const MAX_FRAME_BYTES = 8192;
/** amqplib looks every half of it; a broker hears nothing for two before it hangs up. */
const HEARTBEAT_SECONDS = 4;
let uri: string;
beforeAll(() => {
  uri = `${testServers().rabbitmq}?frameMax=${MAX_FRAME_BYTES}&heartbeat=${HEARTBEAT_SECONDS}`;
});

const internalsOf = (channel: ConfirmChannel) => channel as unknown as ChannelInternals; // what this file is about

/** A connection, and a queue that only it has. */
async function open() {
  const connection = await connect(uri);
  onTestFinished(() => connection.close());
  const channel = await connection.createConfirmChannel();
  const { queue } = await channel.assertQueue('', { exclusive: true });
  return { connection, channel, queue };
}

/** The frames of a message, as our sessions write them. */
function framesOf(channel: ConfirmChannel, queue: string, body: Buffer): Buffer {
  const written: Buffer[] = [];
  const buffer = new FrameBuffer((piece) => written.push(piece));
  const outlet = outletOf(channel);
  new PublishFrames(buffer, outlet.channel, outlet.maxFrameBytes).add({
    exchange: '',
    routingKey: queue,
    body,
    properties: {},
  });
  buffer.flush();
  return Buffer.concat(written);
}

async function bodiesIn(channel: ConfirmChannel, queue: string): Promise<string[]> {
  const bodies: string[] = [];
  for (let message = await channel.get(queue, { noAck: true }); message !== false;) {
    bodies.push(message.content.toString());
    message = await channel.get(queue, { noAck: true });
  }
  return bodies;
}

it('a channel knows its number, its place among the others, its buffer, and the largest frame that was agreed on', async () => {
  const { connection, channel } = await open();
  const other = await connection.createConfirmChannel();
  for (const each of [channel, other]) {
    const { ch, connection: inside } = internalsOf(each);
    expect(outletOf(each)).toMatchObject({ channel: ch, maxFrameBytes: MAX_FRAME_BYTES });
    expect(ch).toBeGreaterThan(0); // 0 is the connection's own
    expect(inside.channels[ch]?.channel).toBe(each);
    expect(inside.channels[ch]?.buffer).toBeInstanceOf(Writable);
    expect(inside.sentSinceLastCheck).toBeTypeOf('boolean');
  }
  expect(internalsOf(other).ch).not.toBe(internalsOf(channel).ch);
  expect(internalsOf(other).connection).toBe(internalsOf(channel).connection);
});

it('frames that we write go out between what amqplib sends before and behind them, and are confirmed as its own', async () => {
  const { channel, queue } = await open();
  let confirmed = 0;
  channel.on('ack', ({ deliveryTag }: { deliveryTag: number }) => (confirmed = Math.max(confirmed, deliveryTag)));
  const large = 'x'.repeat(3 * MAX_FRAME_BYTES); // several frames, of which the broker takes none beyond the agreed size
  channel.sendToQueue(queue, Buffer.from('before'));
  outletOf(channel).write(framesOf(channel, queue, Buffer.from(large)));
  channel.sendToQueue(queue, Buffer.from('behind'));
  await eventually(() => confirmed === 3);
  expect(await bodiesIn(channel, queue)).toEqual(['before', large, 'behind']);
});

it('a channel says that it is full once its buffer holds what was asked for, and that it has drained', async () => {
  const { connection, queue } = await open();
  const channel = await connection.createConfirmChannel({ highWaterMark: 4 });
  const outlet = outletOf(channel);
  let drained = 0;
  channel.on('drain', () => (drained += 1));
  const frames = framesOf(channel, queue, Buffer.from('one'));
  const room = Array.from({ length: 8 }, () => outlet.write(frames));
  expect(room.slice(0, 4)).toEqual([true, true, true, true]);
  expect(room.at(-1)).toBe(false);
  await eventually(() => drained === 1);
  expect(outlet.write(frames)).toBe(true);
});

it('what we write counts for the heartbeat: amqplib looks at the mark that it sets, and takes it back', async () => {
  const { channel, queue } = await open();
  const { connection } = internalsOf(channel);
  const frames = framesOf(channel, queue, Buffer.from('one'));
  connection.sentSinceLastCheck = false;
  outletOf(channel).write(frames);
  expect(connection.sentSinceLastCheck).toBe(true);
  await eventually(() => !connection.sentSinceLastCheck);
});

it('what is written for a channel that has closed goes nowhere, also where its number has been given again', async () => {
  const { connection, channel, queue } = await open();
  const closed = await connection.createConfirmChannel();
  const { ch } = internalsOf(closed);
  const stale = outletOf(closed);
  const frames = framesOf(closed, queue, Buffer.from('stale'));
  closed.on('error', () => undefined); // the broker's word on an exchange that is not there
  closed.publish('no-such-exchange', '', Buffer.alloc(0));
  await new Promise((resolve) => closed.once('close', resolve));
  stale.write(frames);

  const next = await connection.createConfirmChannel();
  expect(internalsOf(next).ch).toBe(ch);
  stale.write(frames);
  next.sendToQueue(queue, Buffer.from('its own'));
  await next.waitForConfirms();
  expect(await bodiesIn(channel, queue)).toEqual(['its own']);
});
