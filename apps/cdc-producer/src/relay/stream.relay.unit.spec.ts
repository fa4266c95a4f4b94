import { Timestamp } from 'mongodb';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ChangeStreamSource } from '../change-stream/change-stream.source.js';
import { clientOf, eventOf, type Reply } from '../change-stream/scripted-client.fixture.spec.js';
import { streamSchema } from '../config/streams-file.schema.js';
import { streamPipeline } from '../filter/stream.pipeline.js';
import { LagMeter } from '../streams/lag.meter.js';
import { ChangeMessageMapper } from './change-message.mapper.js';
import { StreamRelay, type RelayParts } from './stream.relay.js';

const stream = streamSchema.parse({ name: 'shop', scope: { database: 'shop' } });
const BLOCKED_SECONDS = 60;
const nothing = () => undefined;

beforeEach(() => void vi.useFakeTimers({ toFake: ['performance'] }));
afterEach(() => void vi.useRealTimers());

/** A reply of the second in which all the scripted events happened. */
const reply = (token: string, ...ids: number[]): Reply => ({
  events: ids.map((id) => eventOf(id, token)),
  token,
  operationTime: new Timestamp({ t: 1, i: 9 }),
});

/** Relays these replies through a broker that blocks for a minute at each event; answers the lag behind each reply. */
async function lagsBehind(replies: readonly Reply[]): Promise<(number | null)[]> {
  const { client } = clientOf([replies]);
  const stop = new AbortController();
  const lag = new LagMeter();
  const lags: (number | null)[] = [];
  const publisher: RelayParts['publisher'] = {
    offer: () => false,
    publish: async (_message, mark) => {
      await setImmediate(); // what the server was asked for meanwhile has come
      vi.advanceTimersByTime(BLOCKED_SECONDS * 1_000);
      lag.reached(mark);
    },
    readTo: (mark) => {
      lag.reached(mark);
      lags.push(lag.seconds);
      if (lags.length === replies.length) stop.abort();
    },
    confirmedAll: () => Promise.resolve(),
  };
  const listener = { opened: nothing, reopening: nothing, slimmed: nothing };
  const relay = new StreamRelay({
    source: new ChangeStreamSource(() => client, stream, streamPipeline(stream, 'sluice'), listener),
    mapper: new ChangeMessageMapper(stream, 'sluice.events', 1),
    fitter: { fits: () => true, fit: (whole) => Promise.resolve(whole) },
    publisher,
    writer: { savedAll: () => Promise.resolve() },
    plan: { start: { kind: 'now' }, generation: 0, last: null, readUpTo: null, why: 'saved position' },
    history: {
      progressed: nothing,
      judge: () => Promise.reject(new Error('no gap')),
      cross: () => Promise.reject(new Error('no gap')),
    },
    heard: (...heard) => lag.heard(...heard),
    tracer: undefined,
    captured: nothing,
    crossed: nothing,
    ready: nothing,
  });
  await relay.run(stop.signal);
  return lags;
}

it('a reply that waited while the broker was blocked tells how far the stream was when it came', async () => {
  const opening = reply('a');
  expect(await lagsBehind([opening, reply('b', 1), reply('c', 2), reply('d'), reply('e')])).toEqual([
    null,
    BLOCKED_SECONDS,
    2 * BLOCKED_SECONDS, // came as the first block began, and was taken at its end
    BLOCKED_SECONDS, // the server had nothing more before the second block
    0,
  ]);
});
