import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { reservePort } from '../ports.mjs';
import { isWritablePrimary } from './mongo-ready.mjs';
import { SECANTUSDB, secantusdbCommand } from './secantusdb-venv.mjs';
import { serverHandle } from './server-handle.mjs';

/**
 * Entries that the oplog keeps. Whoever asks SecantusDB for the oldest one, as each producer does again and again, has it
 * read all of them: a server that many tests share must not grow a long one.
 */
const OPLOG_ENTRIES = { tiny: 200, short: 30_000, long: 1_000_000 };

/** SecantusDB, which speaks MongoDB's protocol, from its private virtual environment, with its data in the slot. */
export async function startPrivateSecantusdb({ slot, name, preferredPort, signal, ...kind }) {
  const dir = join(slot.dir, name);
  mkdirSync(dir, { recursive: true });
  const port = await reservePort(preferredPort);
  const config = join(dir, 'empty.toml'); // named, so that a configuration in the user's home is not picked up
  writeFileSync(config, '');
  const [command, ...program] = secantusdbCommand();
  const uri = `mongodb://127.0.0.1:${port}/?directConnection=true`;
  const handle = serverHandle({
    scope: slot.scope,
    label: name,
    command,
    args: [...program, '--config', config, '--host', '127.0.0.1', '--port', String(port), ...optionsFor(dir, kind)],
    cwd: dir,
    logFile: join(dir, 'secantusdb.log'),
    uri,
    describe: `${SECANTUSDB.replace('==', ' ')} on port ${port} (own process; speaks MongoDB's protocol)`,
    isReady: () => isWritablePrimary(uri, kind),
  });
  await handle.start({ signal });
  return handle;
}

function optionsFor(dir, { oplog = 'long', standalone = false }) {
  return [
    ...['--storage-path', join(dir, 'data')],
    ...['--noop-heartbeat-seconds', '5'], // a quiet stream's resume token must not age out of the oplog
    '--sync-on-commit', // without it acknowledged writes are lost under kill -9, and tests of ours would see ghosts
    '--enable-test-commands',
    ...['--oplog-max-entries', String(OPLOG_ENTRIES[oplog])],
    ...(standalone ? ['--standalone'] : []),
  ];
}
