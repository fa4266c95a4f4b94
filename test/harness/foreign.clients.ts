import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { it } from 'vitest';

/** Programs that others wrote; `npm test` installs the first two and says where they are, or why they are not. */
export type ForeignClient = 'chromium' | 'python' | 'curl';

/** A test that needs one is skipped where it cannot be had, with the reason in its name. */
export function itWith(client: ForeignClient, title: string, test: () => Promise<void>): void {
  const { missing } = found(client);
  if (missing === undefined) it(title, test);
  else it.skip(`${title} (skipped: ${missing})`, test);
}

export function hasClient(client: ForeignClient): boolean {
  return found(client).missing === undefined;
}

/** @throws Error with why there is none */
export function pathOf(client: ForeignClient): string {
  const { path, missing } = found(client);
  if (path === undefined) throw new Error(missing);
  return path;
}

function found(client: ForeignClient): { readonly path?: string; readonly missing?: string } {
  if (client === 'curl') {
    return spawnSync('curl', ['--version']).status === 0 ? { path: 'curl' } : { missing: 'there is no curl here' };
  }
  const name = `SLUICE_TEST_${client.toUpperCase()}`;
  const path = process.env[name];
  if (path) return { path };
  return { missing: process.env[`${name}_MISSING`] ?? `${name} is not set: "npm test -- e2e" installs ${client}` };
}

/** A program of somebody else's at work, with the lines that it has written. */
export class ForeignProcess {
  readonly lines: string[] = [];
  private readonly child: ChildProcess;

  constructor(client: ForeignClient, args: readonly string[]) {
    this.child = spawn(pathOf(client), args, { stdio: ['ignore', 'pipe', 'inherit'] });
    if (this.child.stdout) createInterface({ input: this.child.stdout }).on('line', (line) => this.lines.push(line));
  }

  async kill(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    this.child.kill('SIGKILL');
    await once(this.child, 'close');
  }
}
