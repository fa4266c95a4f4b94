import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { AptProgram } from './apt-program.mjs';

const NAME = 'sluice-gauge';
const UNKNOWN = "echo 'E: Unable to locate package gauges' >&2; exit 100";
const UNREACHABLE = "echo 'E: Failed to fetch http://mirror/gauges_1%2b1.deb  Could not connect' >&2; exit 100";
const FETCHED = 'touch gauges_1%2b1.deb';

let dir;
let said;
let program;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'sluice-apt-'));
  said = [];
  mkdirSync(join(dir, 'bin'));
  vi.stubEnv('PATH', `${join(dir, 'bin')}:/usr/bin:/bin`);
  program = new AptProgram(NAME, { of: 'gauges', folder: join(dir, 'cache') });
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(dir, { recursive: true });
});

const script = (name, text) => writeFileSync(join(dir, 'bin', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
const callsOfApt = () => (existsSync(join(dir, 'calls')) ? readFileSync(join(dir, 'calls'), 'utf8').split('\n') : []);
const provide = () => program.provide({ say: (line) => said.push(line) });

/** Scripts that play apt with a package of two programs; `update` and `download` are what apt does when told so. */
function apt({ update = 'true', download, makes = 'exit 0' }) {
  script('sudo', 'shift; exec "$@"');
  script('apt-get', `echo $1 >>${dir}/calls; case $1 in update) ${update} ;; download) ${download} ;; esac`);
  script(
    'dpkg-deb',
    `mkdir -p $3/usr/bin; cd $3/usr/bin; for name in ${NAME} gauge-server; do
    printf '#!/bin/sh\\n${makes}\\n' >$name; chmod +x $name; done`,
  );
}

describe('a program out of a package', () => {
  it('is the one on PATH, where that runs', async () => {
    apt({ download: FETCHED });
    script(NAME, 'exit 0');
    expect(await provide()).toBe(join(dir, 'bin', NAME));
    expect([callsOfApt(), said]).toEqual([[], []]);
  });

  it('is fetched once, said before, and kept alone; the lists of packages stay as they are', async () => {
    apt({ download: FETCHED });
    expect(await provide()).toBe(join(dir, 'cache', NAME));
    expect(readdirSync(join(dir, 'cache'))).toEqual([NAME]);
    expect(await provide()).toBe(join(dir, 'cache', NAME));
    expect(callsOfApt()).toEqual(['download', '']);
    expect(said).toEqual([expect.stringContaining(`${NAME} out of the package gauges by apt`)]);
  });

  it.for([
    ['do not know the package', UNKNOWN],
    ['name a version that is no longer offered', "echo 'E: Failed to fetch http://mirror/x  404  Not Found'; exit 100"],
  ])('is fetched after an update of the lists where they %s', async ([, refusal]) => {
    apt({ update: `touch ${dir}/lists`, download: `if [ -e ${dir}/lists ]; then ${FETCHED}; else ${refusal}; fi` });
    expect(await provide()).toBe(join(dir, 'cache', NAME));
    expect(callsOfApt()).toEqual(['download', 'update', 'download', '']);
  });

  it('is missing with the words of apt where no source can be reached, and leaves nothing', async () => {
    apt({ download: UNREACHABLE });
    await expect(provide()).rejects.toThrow(/^apt-get download: E: Failed to fetch .* Could not connect$/);
    expect(callsOfApt()).toEqual(['download', '']);
    expect(readdirSync(join(dir, 'cache'))).toEqual([]);
  });

  it('is missing with why the lists could not be fetched, not with that they are empty', async () => {
    apt({ update: UNREACHABLE, download: UNKNOWN });
    await expect(provide()).rejects.toThrow(/^apt-get update: E: Failed to fetch .* Could not connect$/);
  });

  it('is missing where it does not run here', async () => {
    apt({ download: FETCHED, makes: 'exit 1' });
    await expect(provide()).rejects.toThrow(`${NAME} was fetched, and does not run`);
  });

  it('is missing where there is no apt', async () => {
    vi.stubEnv('PATH', join(dir, 'bin'));
    await expect(provide()).rejects.toThrow('apt-get is not there');
  });
});
