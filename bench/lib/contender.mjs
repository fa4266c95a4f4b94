import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { tailOf } from '../../scripts/lib/command.mjs';
import { environmentWith } from '../../scripts/lib/environment.mjs';
import { hasEnded, startProcess, stopProcess } from '../../scripts/lib/processes.mjs';
import { cpuMicroseconds, residentMegabytes } from './process-figures.mjs';

/** A contender's program as a child of its own, measured from outside: the same for every language. */
export class Contender {
  constructor(name, child, logFile) {
    this.name = name;
    this.child = child;
    this.logFile = logFile;
    this.ended = new AbortController();
    child.once('error', (error) => this.ended.abort(error));
    child.once('close', (code, signal) =>
      this.ended.abort(
        new Error(`${name} ended by itself (${signal ?? `code ${code}`})\n${tailOf(readFileSync(logFile, 'utf8'))}`),
      ),
    );
  }

  /** `command` is the Node that is measured unless it is another program. */
  static start({ bench, name, command = bench.node.command, args, env, cwd = bench.slot.dir }) {
    const { slot } = bench;
    const logFile = join(slot.dir, `${name.replace(/\W+/g, '-')}.log`);
    const child = startProcess({
      scope: slot.scope,
      label: name,
      command,
      args,
      env: environmentWith(env),
      cwd,
      logFile,
    });
    return new Contender(name, child, logFile);
  }

  /** Fires when the program ends before it was stopped. */
  get signal() {
    return this.ended.signal;
  }

  cpuMicroseconds() {
    return cpuMicroseconds(this.child.pid);
  }

  memory() {
    return residentMegabytes(this.child.pid);
  }

  /** Sends it a signal that it knows what to do with. */
  tell(signal) {
    this.child.kill(signal);
  }

  async stop() {
    if (!hasEnded(this.child)) await stopProcess(this.child, { graceMs: 20_000 });
  }
}
