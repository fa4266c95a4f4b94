import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { EventLog, loggedEvents, readEventLog } from './event-log.mjs';

function aFile() {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-bench-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return join(folder, 'events');
}

it('counts and tells each event that was noted, with the first time that it was', () => {
  const file = aFile();
  expect(loggedEvents(file)).toBe(0);
  const log = new EventLog(file);
  for (let n = 0; n < 1_000; n += 1) log.note(n, n / 8);
  log.note(7, 999);
  log.flush();
  expect(loggedEvents(file)).toBe(1_001);
  const read = readEventLog(file);
  expect([read.size, read.get(7), read.get(999)]).toEqual([1_000, 7 / 8, 999 / 8]);
});
