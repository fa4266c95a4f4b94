import { expect, it } from 'vitest';
import { takenBytes } from './taken.bytes.js';

it('counts what has left of a write that is under way', () => {
  const handle = { bytesWritten: 1_000, writeQueueSize: 1_000 };
  const socket = { bytesWritten: 1_500, writableLength: 1_500, _handle: handle };
  expect(takenBytes(socket)).toBe(0);
  handle.writeQueueSize = 400;
  expect(takenBytes(socket)).toBe(600);
});

it('counts whole writes where nothing more is known', () => {
  expect(takenBytes({ bytesWritten: 1_500, writableLength: 500, _handle: null })).toBe(1_000);
  expect(takenBytes({ bytesWritten: 1_500, writableLength: 500 })).toBe(1_000);
});
