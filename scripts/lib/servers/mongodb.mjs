import { which } from '../which.mjs';
import { whileSettingUp } from '../set-up.mjs';
import { EXTERNAL_MONGODB } from './external.mjs';
import { downloadedMongod, downloadMongod } from './mongod-download.mjs';
import { startPrivateMongod } from './private-mongod.mjs';
import { startPrivateSecantusdb } from './private-secantusdb.mjs';
import { hasSecantusdb, installSecantusdb } from './secantusdb-venv.mjs';
import { firstThatWorks } from './ways.mjs';

const ADVICE = `Start a Docker daemon, install MongoDB (mongod on PATH), or name a replica set in ${EXTERNAL_MONGODB}.`;

/** A MongoDB of our own: Docker's where given, what is there already, else what can be installed. */
export function startOwnMongodb(options) {
  const { say, note, signal, docker } = options;
  const installing = (install) => whileSettingUp({ say, signal }, (scope) => install({ say, scope, signal }));
  const ways = [
    ...(docker ? [{ way: 'Docker', open: docker }] : []),
    { way: 'mongod on PATH', open: () => startExisting(options, which('mongod')) },
    { way: 'mongodb-memory-server', open: async () => startExisting(options, await memoryServer(installing)) },
    {
      way: 'SecantusDB',
      open: async () => {
        await installing(installSecantusdb);
        return startPrivateSecantusdb(options);
      },
    },
  ];
  return firstThatWorks('MongoDB', ways, { advice: ADVICE, signal, note });
}

/** Not asked for again once its stand-in is installed: where a download does not work, waiting for it each time is long. */
async function memoryServer(installing) {
  const downloaded = downloadedMongod();
  if (downloaded) return downloaded;
  if (hasSecantusdb()) throw new Error('was not to be had when SecantusDB was installed in its place');
  return installing(downloadMongod);
}

async function startExisting(options, command) {
  if (!command) throw new Error('not there');
  return startPrivateMongod({ ...options, command });
}
