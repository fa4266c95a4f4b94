import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { summarised } from './cpu-profile.mjs';
import { PLACE_COLUMNS, profiledApps } from './profiled-apps.mjs';

const FUNCTIONS = 14;

/** Where the apps' CPU goes, by Node's own sampling profiler. */
export const profileScenario = {
  ...profiledApps,
  name: 'profile',
  title: 'Where the time goes',
  about:
    'CPU profiles (`--cpu-prof`) of each app while it works off a backlog: the share of each place in percent of the time that was not idle, and the functions that took most by themselves.',
  columns: [...PLACE_COLUMNS, { key: 'collecting', title: 'garbage collector %', digits: 1 }],
  run: async ({ bench, prepared, contender, ...run }) => {
    const folder = join(bench.slot.dir, `profile-${contender.name}`);
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
    const nodeFlags = ['--cpu-prof', `--cpu-prof-dir=${folder}`];
    let window;
    await contender.measure({
      bench,
      prepared,
      ...run,
      onMeasured: (measured) => (window = measured),
      contender: { ...contender, start: contender.startWith(nodeFlags) },
    });
    const [file] = readdirSync(folder);
    if (file === undefined) throw new Error('left no profile');
    const profile = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const { shares, top } = summarised(profile, { functions: FUNCTIONS, ...window });
    return { ...shares, top };
  },
};
