import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const CONFIG = fileURLToPath(new URL('../e2e/fixtures/schemathesis.toml', import.meta.url));

/** Which cases are tried. */
export interface SchemathesisOptions {
  /** Cases an operation in each phase. */
  readonly examples: number;
  readonly seed: number;
  /** Some of its phases; all unless given. */
  readonly phases?: readonly string[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Where it may leave its notes. */
  readonly folder: string;
}

/** Schemathesis, as `npm test` has installed it; why it is not here, where it is not. */
export function schemathesis(): { readonly command?: readonly string[]; readonly missing: string } {
  const { SLUICE_TEST_SCHEMATHESIS: command, SLUICE_TEST_SCHEMATHESIS_MISSING: missing } = process.env;
  if (command !== undefined) return { command: JSON.parse(command) as string[], missing: '' };
  return { missing: missing ?? '`npm test` installs it' };
}

/** Tries an app against its own description, with all checks on; answers its code, and what it has to say. */
export async function tryWithSchemathesis(
  [program = '', ...first]: readonly string[],
  url: string,
  { examples, seed, phases, headers = {}, folder }: SchemathesisOptions,
): Promise<{ readonly code: number; readonly output: string }> {
  const options = [
    // One worker: CPython 3.11 may fail where two threads parse at once ("AST constructor recursion depth mismatch").
    ...['--checks', 'all', '--continue-on-failure', '--workers', '1', '--request-timeout', '60'],
    ...['--max-response-time', '600'], // the check of the time, 10 s by itself, is about the machine
    ...['--max-examples', String(examples), '--seed', String(seed)],
    ...(phases === undefined ? [] : ['--phases', phases.join(',')]),
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
  ];
  const args = [...first, '--no-color', '--config-file', CONFIG, 'run', `${url}/api-json`, ...options];
  const child = spawn(program, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, output };
}
