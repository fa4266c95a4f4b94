import { Timestamp } from 'mongodb';
import { expect, it } from 'vitest';
import { CheckpointStore, type CheckpointSave, type SaveResult } from './checkpoint.js';
import { CheckpointWriter } from './checkpoint.writer.js';

class RecordingStore extends CheckpointStore {
  readonly saves: CheckpointSave[] = [];

  save(_stream: string, _epoch: number, checkpoint: CheckpointSave): Promise<SaveResult> {
    this.saves.push(checkpoint);
    return Promise.resolve('saved');
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
