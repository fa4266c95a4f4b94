import { describe, expect, it } from 'vitest';
import { StreamFencedError } from '../change-stream/stream.error.js';
import { runAndDrain, type DrainParts } from './drain.js';

const never = new AbortController().signal;
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));

/** A run that is told to stop as soon as it reads; its last save ends with `saving`. */
async function stopWith(saving: () => Promise<void>, over: Partial<DrainParts> = {}): Promise<void> {
  const stop = new AbortController();
  const idle = { run: untilAborted };
  const relay = {
    run: () => {
      stop.abort();
      return Promise.resolve();
    },
  };
  const publisher = { ...idle, drained: () => Promise.resolve() };
  const parts = { relay, publisher, parking: idle, writer: { ...idle, flush: saving }, keeper: idle, ...over };
  await runAndDrain(parts, { stop: stop.signal, lost: never }, 1_000);
}

describe('a run that is told to stop', () => {
  it('has not failed because its last position could not be saved: it begins at the saved one again', async () => {
    await stopWith(() => Promise.reject(new Error('the state database is away')));
  });

  it('says that it is fenced', async () => {
    await expect(stopWith(() => Promise.reject(new StreamFencedError('shop')))).rejects.toThrow(StreamFencedError);
  });

  it('says what ended its publishing', async () => {
    const publisher = { run: () => Promise.reject(new TypeError('broken')), drained: () => Promise.resolve() };
    await expect(stopWith(() => Promise.resolve(), { publisher })).rejects.toThrow('broken');
  });
});
