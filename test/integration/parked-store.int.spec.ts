import { randomBytes } from 'node:crypto';
import { MongoLink, MongoLinkOptions } from '@sluice/platform';
import { eventually } from '@sluice/testing';
import { createConnection } from 'mongoose';
import { afterEach } from 'vitest';
import { loadConsumerSettings } from '../../apps/cdc-consumer/src/config/consumer.settings.js';
import { MongoParkedStore } from '../../apps/cdc-consumer/src/parking/mongo-parked.store.js';
import { parkedStoreContract } from '../../apps/cdc-consumer/src/parking/parked-store.contract.js';
import { testServers } from '../harness/test-servers.js';

const opened: MongoLink[] = [];
afterEach(async () => {
  for (const link of opened.splice(0)) {
    await link.connection.dropDatabase();
    await link.close();
  }
});

parkedStoreContract('MongoDB', async () => {
  const { mongodb, rabbitmq } = testServers();
  const name = `test-${randomBytes(4).toString('hex')}`;
  const link = new MongoLink(createConnection(), new MongoLinkOptions(mongodb, name, 'test'));
  link.onModuleInit();
  opened.push(link);
  await eventually(() => link.isConnected());
  return new MongoParkedStore(link, loadConsumerSettings({ MONGODB_URI: mongodb, RABBITMQ_URI: rabbitmq }));
});
