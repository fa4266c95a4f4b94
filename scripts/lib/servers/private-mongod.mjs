import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { reservePort } from '../ports.mjs';
import { initiateReplicaSet, isWritablePrimary } from './mongo-ready.mjs';
import { serverHandle } from './server-handle.mjs';

const OPLOG_MEGABYTES = { tiny: '16', short: '256', long: '1024' };

/** MongoDB's own server as a replica set of one node, unless it is to stand alone, with its data in the slot. */
export async function startPrivateMongod(options) {
  const { slot, name, command, preferredPort, oplog = 'long', standalone = false, signal } = options;
  const dir = join(slot.dir, name);
  mkdirSync(join(dir, 'data'), { recursive: true });
  const port = await reservePort(preferredPort);
  const host = `127.0.0.1:${port}`;
  const uri = `mongodb://${host}/?directConnection=true`;
  const place = ['--bind_ip', '127.0.0.1', '--port', String(port), '--dbpath', join(dir, 'data'), '--nounixsocket'];
  const handle = serverHandle({
    scope: slot.scope,
    label: name,
    command,
    args: [
      ...place,
      ...(standalone ? [] : ['--replSet', 'sluice', '--oplogSize', OPLOG_MEGABYTES[oplog]]),
      '--setParameter',
      'enableTestCommands=1',
    ],
    cwd: dir,
    logFile: join(dir, 'mongod.log'),
    uri,
    describe: `MongoDB on port ${port} (own process of ${command})`,
    isReady: async () => {
      if (!standalone) await initiateReplicaSet(uri, host).catch(() => undefined); // refused until it listens; asked again
      return isWritablePrimary(uri, { standalone });
    },
  });
  await handle.start({ signal });
  return handle;
}
