import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './command.mjs';
import { privateDir } from './paths.mjs';

const VENV_LIMIT_MS = 120_000;
const INSTALL_LIMIT_MS = 15 * 60_000;
const PIP = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', '--only-binary', ':all:'];

/** A private virtual environment in `.sluice/<name>` with exactly these packages (`['websockets==16.0']`). */
export class PythonVenv {
  constructor(name, packages) {
    this.name = name;
    this.packages = packages;
    this.folder = join(privateDir, name);
    this.python = join(this.folder, 'bin', 'python');
    this.stamp = join(this.folder, 'installed');
  }

  /** A script that a package brings. To be run through the interpreter: its first line breaks on long or spaced paths. */
  script(name) {
    return join(this.folder, 'bin', name);
  }

  /** The stamp is written last: an environment without it is half made, and made again. */
  get isInstalled() {
    return existsSync(this.python) && existsSync(this.stamp) && readFileSync(this.stamp, 'utf8') === this.#wanted;
  }

  /** Makes it anew. To be called while holding the set-up lock. */
  async install(interpreter, { say, scope, signal }) {
    if (this.isInstalled) return;
    const [first, ...others] = this.packages;
    say(`${first} ${others.length > 0 ? 'and what goes with it ' : ''}from PyPI, in .sluice/${this.name}`);
    rmSync(this.folder, { recursive: true, force: true });
    const title = `${interpreter} -m venv`;
    await run(interpreter, ['-m', 'venv', this.folder], { title, scope, signal, limitMs: VENV_LIMIT_MS });
    const pip = { title: 'pip install', scope, signal, limitMs: INSTALL_LIMIT_MS };
    await run(this.python, [...PIP, ...this.packages], pip);
    writeFileSync(this.stamp, this.#wanted);
  }

  get #wanted() {
    return this.packages.join('\n');
  }
}
