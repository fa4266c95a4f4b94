import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pause } from '../lib/pause.mjs';
import { allocationsOf } from './allocation-profile.mjs';
import { PLACE_COLUMNS, profiledApps } from './profiled-apps.mjs';

const FUNCTIONS = 10;
const WRITTEN_EVERY_MS = 20;

/** What the apps allocate for an event, by V8's own sampling of its heap. */
export const allocationsScenario = {
  ...profiledApps,
  name: 'allocations',
  title: 'What is allocated for an event',
  about:
    'Samples of what V8’s heap takes while each app works off a backlog, garbage included: bytes for each event, the share of each place, and the functions that allocate most by themselves. The bytes of buffers lie outside of that heap.',
  columns: [{ key: 'bytesPerEvent', title: 'bytes/event', digits: 0 }, ...PLACE_COLUMNS],
  run: async ({ bench, prepared, contender, progress, ...run }) => {
    const file = join(bench.slot.dir, `allocations-${contender.name}.heapprofile`);
    rmSync(file, { force: true });
    const sampler = new URL('./allocation.sampler.mjs', import.meta.url);
    sampler.searchParams.set('to', file);
    const start = contender.startWith(['--import', sampler.href]);
    let running;
    const sampled = { from: 0, to: 0 };
    await contender.measure({
      bench,
      prepared,
      ...run,
      contender: { ...contender, start: async (options) => (running = endingWith(file, await start(options), bench)) },
      progress: (count, total) => {
        if (count > 0 && sampled.from === 0) {
          sampled.from = count;
          running.contender.tell('SIGUSR2');
        }
        sampled.to = count;
        progress(count, total);
      },
      onMeasured: () => running.contender.tell('SIGUSR2'),
    });
    const profile = JSON.parse(readFileSync(file, 'utf8'));
    return allocationsOf(profile, { functions: FUNCTIONS, events: sampled.to - sampled.from });
  },
};

/** It is stopped when it has written its samples. */
function endingWith(file, running, { signal }) {
  const written = async () => {
    while (!existsSync(file)) await pause(WRITTEN_EVERY_MS, AbortSignal.any([signal, running.contender.signal]));
  };
  return {
    ...running,
    end: () => written().finally(() => running.end()),
  };
}
