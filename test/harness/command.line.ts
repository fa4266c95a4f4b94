import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = [process.execPath, `${root}libs/cli/bin/sluice.js`] as const;
/** As somebody in the repository types it; `--no`: never from a registry. */
const NPX = ['npx', '--no', '--', 'sluice'] as const;

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** One call of the built command line, as a process of its own. */
export class CommandLine {
  out = '';
  err = '';
  private readonly child: ChildProcess;
  private readonly ended: Promise<Ended>;

  constructor(
    args: readonly string[],
    env: Readonly<Record<string, string>>,
    { byNpx = false, input = '' }: { byNpx?: boolean; input?: string } = {},
  ) {
    const [command, ...before] = byNpx ? NPX : PROGRAM;
    const { SLUICE_TOKEN: _token, RABBITMQ_URI: _uri, NODE_OPTIONS: _options, ...inherited } = process.env;
    this.child = spawn(command, [...before, ...args], { cwd: root, env: { ...inherited, ...env }, stdio: 'pipe' });
    this.child.stdout?.on('data', (text: Buffer) => (this.out += text.toString()));
    this.child.stderr?.on('data', (text: Buffer) => (this.err += text.toString()));
    this.child.stdin?.end(input);
    this.ended = new Promise((resolve, reject) => {
      this.child.once('error', reject);
      this.child.once('close', (code) => resolve({ code, out: this.out, err: this.err }));
    });
  }

  /** Ctrl-C. */
  interrupt(): void {
    this.child.kill('SIGINT');
  }

  end(): Promise<Ended> {
    return this.ended;
  }
}
