import { mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aptUnpack } from './apt.mjs';
import { run } from './command.mjs';
import { privateDir } from './paths.mjs';
import { isExecutable, whichAll } from './which.mjs';

/** One program of a Debian or Ubuntu package whose other parts, such as a service that it starts, nobody wants here. */
export class AptProgram {
  constructor(name, { of, folder = join(privateDir, 'cache') }) {
    this.name = name;
    this.package = of;
    this.folder = folder;
    this.kept = join(folder, name);
  }

  /** One that runs: on PATH, else what an earlier run has kept; undefined where there is none. */
  async find() {
    for (const path of [...whichAll(this.name), this.kept].filter(isExecutable)) {
      const { code } = await run(path, ['--version'], { check: false, limitMs: 20_000 });
      if (code === 0) return path;
    }
    return undefined;
  }

  /** Fetches it where there is none, and answers its path. To be called while holding the set-up lock. */
  async provide({ say, scope, signal }) {
    const found = await this.find();
    if (found) return found;
    say(`${this.name} out of the package ${this.package} by apt, kept in .sluice/cache; the package is not installed`);
    await this.#fetch({ scope, signal });
    const fetched = await this.find();
    if (!fetched) throw new Error(`${this.name} was fetched, and does not run`);
    return fetched;
  }

  /** It gets its place at the very end: what a killed run leaves is never taken for it. */
  async #fetch(options) {
    const unpacked = join(this.folder, `${this.name}.unpacked`);
    rmSync(unpacked, { recursive: true, force: true });
    mkdirSync(unpacked, { recursive: true });
    try {
      await aptUnpack(this.package, unpacked, options);
      renameSync(join(unpacked, 'usr', 'bin', this.name), this.kept);
    } finally {
      rmSync(unpacked, { recursive: true, force: true });
    }
  }
}
