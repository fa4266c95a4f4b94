import { randomBytes } from 'node:crypto';
import { MongoLink, MongoLinkOptions } from '@sluice/platform';
import { eventually } from '@sluice/testing';
import { createConnection, type Connection } from 'mongoose';
import {
  checkpointStoreContract,
  type StoreUnderContract,
} from '../../apps/cdc-producer/src/checkpoint/checkpoint-store.contract.js';
import { MongoCheckpointStore } from '../../apps/cdc-producer/src/checkpoint/mongo-checkpoint.store.js';
import { MongoLeaseStore } from '../../apps/cdc-producer/src/lease/mongo-lease.store.js';
import { MongoControlStore } from '../../apps/cdc-producer/src/streams/mongo-control.store.js';
import { FaultProxy } from '../harness/fault.proxy.js';
import { testServers } from '../harness/test-servers.js';

checkpointStoreContract('MongoDB', onMongo);

async function onMongo(): Promise<StoreUnderContract> {
  const uri = testServers().mongodb;
  const stateDb = `t${randomBytes(5).toString('hex')}_state`;
  const proxy = await FaultProxy.before(uri, 27017);
  const { connection, link } = await linkTo(uri, stateDb);
  const [leases, control] = [new MongoLeaseStore(link), new MongoControlStore(link)];
  let kills = 0;
  return {
    store: new MongoCheckpointStore(link),
    take: async (stream) => {
      const granted = await leases.take(await leases.look(stream), { id: 'holder', process: null }, 1);
      if (granted === undefined) throw new Error('not taken');
      return granted.taken.epoch;
    },
    setPaused: async (stream, isPaused) =>
      void (await (isPaused ? control.pause(stream, { by: null, reason: null }) : control.resume(stream))),
    killedDuring: async (work) => {
      proxy.open();
      const dying = await linkTo(proxy.uri, stateDb);
      const working = work(new MongoCheckpointStore(dying.link)).catch(() => undefined);
      for (let turn = 0; turn < kills; turn++) await new Promise((resolve) => setImmediate(resolve));
      kills += 1; // a little later each time
      proxy.shut();
      await working;
      await dying.connection.close();
    },
    close: async () => {
      await proxy.close();
      await connection.dropDatabase();
      await connection.close();
    },
  };
}

/** A process that dies sends nothing again: neither does this link. */
async function linkTo(uri: string, dbName: string): Promise<{ link: MongoLink; connection: Connection }> {
  const options = { dbName, retryWrites: false, serverSelectionTimeoutMS: 100 };
  const connection = await eventually(() => createConnection(uri, options).asPromise()); // the time is short for a busy machine
  return { connection, link: new MongoLink(connection, new MongoLinkOptions(uri, dbName, 'test')) };
}
