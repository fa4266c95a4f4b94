import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from '@sluice/testing';
import { afterAll, describe, expect, it } from 'vitest';
import { watchFiles } from './file.watch.js';

const folder = mkdtempSync(join(tmpdir(), 'sluice-watch-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Keeps what it reads. */
function watching(file: string) {
  const read: string[] = [];
  const unwatch = watchFiles([file], () => read.push(readFileSync(file, 'utf8')));
  return { read, unwatch };
}

// Each waits for the next look.
describe.concurrent('of watched files', () => {
  it('a change right behind the reading is seen, and every later one, though no size or name tells of it', async () => {
    const file = join(folder, 'tokens');
    writeFileSync(file, 'a');
    const { read, unwatch } = watching(file);
    expect(read).toEqual(['a']);
    for (const text of ['b', 'c']) {
      writeFileSync(file, text);
      await eventually(() => read.at(-1) === text);
    }
    unwatch();
  });

  it('a mounted secret, whose folder is exchanged by a link, is read anew', async () => {
    for (const version of ['1', '2']) {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'key'), version);
      symlinkSync(version, join(folder, `to-${version}`));
    }
    renameSync(join(folder, 'to-1'), join(folder, 'current'));
    const { read, unwatch } = watching(join(folder, 'current', 'key'));
    renameSync(join(folder, 'to-2'), join(folder, 'current'));
    await eventually(() => read.at(-1) === '2');
    unwatch();
  });
});
