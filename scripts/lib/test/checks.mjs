import { join } from 'node:path';
import { build } from '../build.mjs';
import { run } from '../command.mjs';
import { root } from '../paths.mjs';
import { which } from '../which.mjs';

const LIMIT_MS = 10 * 60_000;
const bin = (...parts) => join(root, 'node_modules', ...parts);

/** Parts of `npm test` that pass or fail as a whole, by name. Each answers a text on success, or throws. */
export const CHECKS = {
  lint: (options) =>
    together(options, [
      ['eslint', bin('eslint', 'bin', 'eslint.js'), '.'],
      ['check-imports', join(root, 'scripts', 'check-imports.mjs')],
      ['prettier', bin('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.'],
    ]),
  typecheck: (options) =>
    together(options, [
      ['tsc', bin('typescript', 'bin', 'tsc'), '--noEmit', '-p', 'tsconfig.json', '--pretty', 'false'],
    ]),
  build: ({ say, signal }) => build({ say, signal }),
};

/** Runs them side by side, and throws with what every failed one has to say. */
async function together({ slot, signal }, commands) {
  const outcomes = await Promise.all(
    commands.map(async ([title, ...args]) => {
      const { reason, output } = await run(process.execPath, args, {
        title,
        cwd: root,
        env: { ...process.env, NO_COLOR: '1' },
        scope: slot.scope,
        signal,
        limitMs: LIMIT_MS,
        check: false,
      });
      return reason ? [`${title} ${reason}\n${output.trim()}`] : [];
    }),
  );
  const failures = outcomes.flat();
  if (failures.length > 0) throw new Error(failures.join('\n'));
  return '';
}

/** Whether the compose file is sound, as far as Docker's client can tell; `skipped` where there is no client. */
export async function checkCompose({ signal }) {
  const client = which('docker');
  const version = client && (await run(client, ['compose', 'version'], { check: false, limitMs: 20_000, signal }));
  if (version?.code !== 0) return { skipped: 'docker compose config: there is no docker compose client here' };
  await run(client, ['compose', 'config', '--quiet'], {
    title: 'docker compose config',
    cwd: root,
    env: { ...process.env, ADMIN_TOKEN: 'only-to-check-the-file' },
    limitMs: 60_000,
    signal,
  });
  return {};
}
