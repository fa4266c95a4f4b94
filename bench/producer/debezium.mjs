import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../../scripts/lib/command.mjs';
import { privateDir } from '../../scripts/lib/paths.mjs';
import { whileSettingUp } from '../../scripts/lib/set-up.mjs';
import { which } from '../../scripts/lib/which.mjs';

/** The newest that runs on Java 17; later ones want 21. */
export const DEBEZIUM_VERSION = '2.7.3.Final';
const LEAST_JAVA = 17;
const ARTIFACT = 'debezium-server-dist';
const FETCH_LIMIT_MS = 20 * 60_000;

const cache = join(privateDir, 'cache');
const folder = join(cache, `debezium-server-${DEBEZIUM_VERSION}`);

/** Debezium Server, fetched with mvn into .sluice/cache (447 MB) where Java and mvn are; or the reason why it is not. */
export async function debeziumServer({ say, signal }) {
  const java = which('java');
  const reason = await whyNotJava(java, signal);
  if (reason) return { reason };
  if (existsSync(folder)) return { java, folder };
  const mvn = which('mvn');
  if (!mvn) return { reason: 'there is no mvn to fetch it with' };
  try {
    await whileSettingUp({ say, signal }, (scope) => fetchWith({ mvn, say, scope, signal }));
  } catch (error) {
    if (signal.aborted) throw error;
    return { reason: `could not be fetched: ${error.message}` };
  }
  return { java, folder };
}

async function whyNotJava(java, signal) {
  if (!java) return 'there is no Java here';
  const { output } = await run(java, ['-version'], { title: 'java -version', check: false, limitMs: 20_000, signal });
  const major = Number(/version "(\d+)/.exec(output)?.[1]);
  return major >= LEAST_JAVA ? undefined : `needs Java ${LEAST_JAVA} or newer, and this is ${output.split('\n')[0]}`;
}

/** Unpacked beside its place and moved there last: what a killed run left is not taken for whole. */
async function fetchWith({ mvn, say, scope, signal }) {
  if (existsSync(folder)) return;
  say(`Debezium Server ${DEBEZIUM_VERSION} from Maven Central (447 MB), in .sluice/cache`);
  const repository = join(cache, 'maven');
  const half = `${folder}.half`;
  rmSync(half, { recursive: true, force: true });
  mkdirSync(half, { recursive: true });
  const options = { scope, signal, limitMs: FETCH_LIMIT_MS };
  const get = [
    ...['-q', '-B', 'dependency:get', '-Dtransitive=false', `-Dmaven.repo.local=${repository}`],
    `-Dartifact=io.debezium:${ARTIFACT}:${DEBEZIUM_VERSION}:tar.gz`,
  ];
  await run(mvn, get, { ...options, title: 'mvn dependency:get', cwd: cache });
  const archive = join(repository, 'io', 'debezium', ARTIFACT, DEBEZIUM_VERSION);
  const tar = ['-xzf', join(archive, `${ARTIFACT}-${DEBEZIUM_VERSION}.tar.gz`), '--strip-components=1', '-C', half];
  await run('tar', tar, { ...options, title: 'tar' });
  renameSync(half, folder);
  rmSync(repository, { recursive: true, force: true });
}
