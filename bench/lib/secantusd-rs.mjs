import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reservePort } from '../../scripts/lib/ports.mjs';
import { isWritablePrimary } from '../../scripts/lib/servers/mongo-ready.mjs';
import { serverHandle } from '../../scripts/lib/servers/server-handle.mjs';
import { which } from '../../scripts/lib/which.mjs';

const NAMED_BY = 'SLUICE_SECANTUSD';

export const HOW_TO_BUILD =
  'cargo install secantus-mdb --version 0.5.3-beta.196 --ignore-rust-version\n' +
  '(needs cmake, ninja and a C++ compiler, about 10 minutes on two cores; ' +
  `then put secantusd-rs on PATH, or its path into ${NAMED_BY})`;

/** The fast server that speaks MongoDB's protocol: named by the environment, else on PATH. */
export function findSecantusdRs() {
  const named = process.env[NAMED_BY];
  if (named && !existsSync(named)) throw new Error(`${NAMED_BY} is "${named}", and there is no such file.`);
  return named ?? which('secantusd-rs');
}

export async function startSecantusdRs({ slot, name, command, preferredPort, signal }) {
  const dir = join(slot.dir, name);
  mkdirSync(dir, { recursive: true });
  const config = join(dir, 'empty.toml');
  writeFileSync(config, '');
  const port = await reservePort(preferredPort);
  const uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const handle = serverHandle({
    scope: slot.scope,
    label: name,
    command,
    args: [
      ...['--host', '127.0.0.1', '--port', String(port), '--storage-path', join(dir, 'data')],
      ...['--noop-heartbeat-seconds', '5', '--cache-size', '256M'],
      ...['--oplog-max-entries', '5000000', '--oplog-retention-seconds', '86400'], // every round reads it from the start
    ],
    cwd: dir,
    logFile: join(dir, 'secantusd-rs.log'),
    uri,
    describe: `secantusd-rs on port ${port} (own process of ${command}; speaks MongoDB's protocol)`,
    isReady: () => isWritablePrimary(uri),
  });
  await handle.start({ signal });
  return handle;
}
