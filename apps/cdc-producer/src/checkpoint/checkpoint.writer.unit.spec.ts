import { eventually } from '@sluice/testing';
import { Timestamp } from 'mongodb';
import { expect, it } from 'vitest';
import { StreamFencedError } from '../change-stream/stream.error.js';
import type { CheckpointSave, SaveResult } from './checkpoint.js';
import { CheckpointWriter } from './checkpoint.writer.js';
import { InMemoryCheckpointStore } from './in-memory-checkpoint.store.js';

/** Takes the stream as it begins, and keeps what it was asked to save. */
class RecordingStore extends InMemoryCheckpointStore {
  readonly saves: CheckpointSave[] = [];

  override save(stream: string, epoch: number, checkpoint: CheckpointSave): Promise<SaveResult> {
    this.saves.push(checkpoint);
    return super.save(stream, epoch, checkpoint);
  }
}

const AN_HOUR = 3_600_000;
const settings = {
  stream: 'shop',
  epoch: 1,
  generation: 2,
  pipelineHash: 'h',
  windowSize: 10,
  idleCheckpointMs: AN_HOUR,
};
const time = new Timestamp({ t: 5, i: 1 });
const mark = (data: string) => ({ last: null, readTo: () => ({ token: { _data: data }, time }) });

async function withWriter(work: (writer: CheckpointWriter, store: RecordingStore) => Promise<void>): Promise<void> {
  const store = new RecordingStore();
  store.take('shop');
  const writer = new CheckpointWriter(store, settings, () => undefined);
  const stop = new AbortController();
  const running = writer.run(stop.signal);
  try {
    await work(writer, store);
  } finally {
    stop.abort();
    await running;
  }
}

const never = new AbortController().signal;

it('saves at once where somebody waits, on an idle stream too, and only then', async () => {
  await withWriter(async (writer, { saves }) => {
    writer.note({ mark: mark('a'), sequence: 0 });
    await writer.savedAll(never);
    writer.note({ mark: mark('b'), sequence: 0 });
    writer.note({ mark: mark('c'), sequence: 0 });
    await Promise.resolve();
    expect(saves.map(({ readTo }) => readTo.token)).toEqual([{ _data: 'a' }]);
    await writer.savedAll(never);
    expect(saves.map(({ readTo }) => readTo.token)).toEqual([{ _data: 'a' }, { _data: 'c' }]);
  });
});

it('saves the generation that a gap has raised, and never a lower one than the stream was taken with', async () => {
  await withWriter(async (writer, { saves }) => {
    for (const generation of [1, 7]) {
      writer.note({
        mark: { ...mark('a'), last: { clusterTime: time, generation, ordinal: 0 } },
        sequence: generation,
      });
      await writer.savedAll(never);
    }
    expect(saves.map(({ generation }) => generation)).toEqual([2, 7]);
  });
});

it('goes on trying while the store is away, and then saves what is newest', async () => {
  await withWriter(async (writer, store) => {
    store.fail(new Error('away'));
    writer.note({ mark: mark('a'), sequence: 0 });
    await eventually(() => store.saves.length > 0);
    writer.note({ mark: mark('b'), sequence: 0 });
    store.fail(undefined);
    await writer.savedAll(never);
    expect((await store.read('shop'))?.checkpoint?.readTo.token).toEqual({ _data: 'b' });
  });
});

it('ends, saying so, when its stream was taken anew or its position set: nothing of its own is saved then', async () => {
  const store = new RecordingStore();
  const writer = new CheckpointWriter(store, { ...settings, epoch: store.take('shop') }, () => undefined);
  writer.note({ mark: mark('a'), sequence: 0 });
  await writer.flush();
  store.setPaused('shop', true);
  const seen = await store.read('shop');
  if (seen === undefined) throw new Error('nothing there');
  const to = { readTo: { token: { _data: 'set' }, time }, pipelineHash: 'h' };
  await store.change(seen, { by: 'ann', reason: 'a test', request: 'a token', to });
  writer.note({ mark: mark('b'), sequence: 1 });
  await expect(writer.run(never)).rejects.toBeInstanceOf(StreamFencedError);
  expect((await store.read('shop'))?.checkpoint?.readTo.token).toEqual({ _data: 'set' });
});
