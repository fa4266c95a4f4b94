import { connect, credentials, type Channel, type ChannelModel, type ConsumeMessage } from 'amqplib';
import { setInterval } from 'node:timers/promises';
import type { TlsClientOptions } from '@sluice/tls';
import { channelRefused, connectionLost, rabbitNotReached, rabbitUnnamed } from './tap.errors.js';

export interface TapOptions {
  readonly uri: string | undefined;
  /** For `amqps://`. */
  readonly tls: TlsClientOptions | undefined;
  /** The certificate in `tls` says who asks, and not the URI. */
  readonly isByCertificate: boolean;
  readonly exchange: string;
  readonly bindingKeys: readonly string[];
  readonly signal: AbortSignal;
  /** It is bound: what is published from now on comes. */
  readonly onOpen: () => void;
  /** Sees the messages in their order; `enough` ends the tapping. */
  readonly onMessage: (message: ConsumeMessage) => 'more' | 'enough';
  /** More is published than is looked at: the oldest that wait are left out. */
  readonly onBehind: () => void;
}

/** Messages that wait for a slow terminal at most: the broker's memory is not ours to fill. */
const MAX_WAITING = 10_000;
const PREFETCH = 200;
const LOOK_MS = 1_000;
const CONNECT_MS = 10_000;

/**
 * Looks at what is published, through a queue of its own that nobody else can read and that goes with the connection.
 * Resolves at the signal, or when `onMessage` has enough. @throws CliError
 */
export async function tapEvents(options: TapOptions): Promise<void> {
  const connection = await connected(options);
  const enough = new AbortController();
  const over = endOf(connection, AbortSignal.any([options.signal, enough.signal]));
  over.catch(() => undefined); // where opening fails first, that is told
  try {
    const { channel, queue } = await open(connection, options, enough);
    const watch = watchBacklog(channel, queue, options.onBehind, enough.signal);
    await Promise.race([over, watch]);
  } finally {
    enough.abort();
    await connection.close().catch(() => undefined); // it may be gone already
  }
}

async function connected({ uri, tls, isByCertificate }: TapOptions): Promise<ChannelModel> {
  if (uri === undefined || uri === '') throw rabbitUnnamed();
  const who = isByCertificate ? { credentials: credentials.external() } : {};
  const clientProperties = { connection_name: 'sluice tail' };
  try {
    return await connect(uri, { timeout: CONNECT_MS, clientProperties, ...tls, ...who });
  } catch (cause) {
    throw rabbitNotReached(uri, cause);
  }
}

/** Resolves at the signal; rejects where the connection is lost before. */
function endOf(connection: ChannelModel, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    connection.on('error', () => undefined); // `close` follows, with the reason
    connection.on('close', (why?: Error) => reject(connectionLost(why)));
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function open(connection: ChannelModel, options: TapOptions, enough: AbortController) {
  const { exchange, bindingKeys, onMessage, onOpen } = options;
  const channel = await connection.createChannel();
  channel.on('error', () => undefined); // whoever waits for an answer gets it
  try {
    await channel.checkExchange(exchange);
    const limits = { maxLength: MAX_WAITING, arguments: { 'x-overflow': 'drop-head' } };
    const { queue } = await channel.assertQueue('', { exclusive: true, autoDelete: true, durable: false, ...limits });
    await channel.prefetch(PREFETCH);
    await channel.consume(queue, (message) => {
      if (message === null) return enough.abort(); // somebody deleted the queue
      if (enough.signal.aborted) return;
      channel.ack(message);
      if (onMessage(message) === 'enough') enough.abort();
    });
    for (const key of bindingKeys) await channel.bindQueue(queue, exchange, key);
    onOpen();
    return { channel, queue };
  } catch (cause) {
    throw channelRefused(exchange, cause);
  }
}

/** Says once that the terminal is too slow, and again when it has caught up and fallen behind anew. */
async function watchBacklog(channel: Channel, queue: string, onBehind: () => void, signal: AbortSignal): Promise<void> {
  let isBehind = false;
  try {
    for await (const _ of setInterval(LOOK_MS, undefined, { signal })) {
      const { messageCount } = await channel.checkQueue(queue);
      const isFull = messageCount >= MAX_WAITING - PREFETCH;
      if (isFull && !isBehind) onBehind();
      isBehind = isFull || (isBehind && messageCount > 0);
    }
  } catch {
    return new Promise(() => undefined); // the end, whose reason the connection tells
  }
}
