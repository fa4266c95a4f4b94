import { randomBytes } from 'node:crypto';
import { MongoLink, MongoLinkOptions } from '@sluice/platform';
import { eventually } from '@sluice/testing';
import { createConnection } from 'mongoose';
import { onTestFinished } from 'vitest';
import { loadConsumerSettings, type ConsumerSettings } from '../../apps/cdc-consumer/src/config/consumer.settings.js';
import { testServers } from './test-servers.js';

/** A state database of the test's own, and a consumer's settings with it; removed after the test. */
export async function aStateLink(): Promise<{ link: MongoLink; settings: ConsumerSettings }> {
  const { mongodb, rabbitmq } = testServers();
  const name = `test-${randomBytes(4).toString('hex')}`;
  const link = new MongoLink(createConnection(), new MongoLinkOptions(mongodb, name, 'test'));
  link.onModuleInit();
  onTestFinished(async () => {
    await link.connection.dropDatabase();
    await link.close();
  });
  await eventually(() => link.isConnected());
  return { link, settings: loadConsumerSettings({ MONGODB_URI: mongodb, RABBITMQ_URI: rabbitmq }) };
}
