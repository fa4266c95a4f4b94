import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/lib/command.mjs';
import { privateDir } from '../../scripts/lib/paths.mjs';
import { whileSettingUp } from '../../scripts/lib/set-up.mjs';
import { which } from '../../scripts/lib/which.mjs';

const INSTALL_LIMIT_MS = 10 * 60_000;

/** The Node that runs the JavaScript contenders: this one, or another major version from npm's package `node`. */
export async function benchNode({ major, say, signal }) {
  if (major === undefined || major === Number(process.versions.node.split('.')[0]))
    return { command: process.execPath, version: process.version };
  const folder = join(privateDir, `node-${major}`);
  const command = join(folder, 'node_modules', 'node', 'bin', 'node');
  if (!existsSync(command)) await install({ major, folder, say, signal });
  const { output } = await run(command, ['--version'], { title: `node ${major}`, limitMs: 20_000, signal });
  return { command, version: output.trim() };
}

async function install({ major, folder, say, signal }) {
  await whileSettingUp({ say, signal }, async (scope) => {
    say(`node@${major} from npm, in .sluice/node-${major}`);
    const args = ['install', '--prefix', folder, '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];
    await run(which('npm') ?? 'npm', [...args, `node@${major}`], {
      title: `npm install node@${major}`,
      scope,
      signal,
      limitMs: INSTALL_LIMIT_MS,
    });
  });
}
