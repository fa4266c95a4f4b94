import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CommandError, run } from '../command.mjs';
import { privateDir, root } from '../paths.mjs';
import { isExecutable } from '../which.mjs';

const VERSION = '8.0.13';
const REACH_LIMIT_MS = 8_000;
const DOWNLOAD_LIMIT_MS = 10 * 60_000;
const child = join(root, 'scripts', 'lib', 'servers', 'mongod-download.child.mjs');
const folder = join(privateDir, 'mongod');
const stamp = join(folder, `path-${VERSION}`);

/** The `mongod` that an earlier run downloaded; undefined where there is none. */
export function downloadedMongod() {
  if (!existsSync(stamp)) return undefined;
  const path = readFileSync(stamp, 'utf8');
  return isExecutable(path) ? path : undefined;
}

/**
 * MongoDB's own server by mongodb-memory-server, where its download works. Answers the path of `mongod`.
 * In a process of its own, so that a download that hangs can be ended.
 */
export async function downloadMongod({ say, scope, signal }) {
  await reach('https://fastdl.mongodb.org/');
  say(`mongod ${VERSION} from fastdl.mongodb.org (by mongodb-memory-server), in .sluice/mongod`);
  const args = [child, VERSION, folder];
  const { output } = await run(process.execPath, args, {
    title: 'mongod download',
    scope,
    signal,
    limitMs: DOWNLOAD_LIMIT_MS,
  });
  const path = /^path (.+)$/m.exec(output)?.[1];
  if (!path) throw new CommandError('mongod download', 'gave no path', output);
  writeFileSync(stamp, path);
  return path;
}

async function reach(url) {
  try {
    await fetch(url, { method: 'HEAD', signal: AbortSignal.timeout(REACH_LIMIT_MS) });
  } catch (error) {
    throw new Error(`fastdl.mongodb.org cannot be reached (${error.cause?.code ?? error.name})`, { cause: error });
  }
}
