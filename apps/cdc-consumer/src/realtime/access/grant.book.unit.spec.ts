import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AccessSettings, AdminAccess, Caller, FileReloads } from '@sluice/platform';
import { expect, it, onTestFinished } from 'vitest';
import { loadConsumerSettings } from '../../config/consumer.settings.js';
import { GrantBook } from './grant.book.js';

it('a grant that is taken back between the reading of the settings and the start of the watch counts no more', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-grants-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'grants.yaml');
  const write = (namespace: string) => writeFileSync(file, `grants: [{ to: [page], namespaces: [${namespace}] }]`);
  write('shop.orders');
  const settings = loadConsumerSettings({
    MONGODB_URI: 'mongodb://localhost',
    RABBITMQ_URI: 'amqp://localhost',
    ADMIN_TOKEN: 'a-token-of-this-test',
    REALTIME_GRANTS_FILE: file,
  });
  const files = new FileReloads();
  const book = new GrantBook(new AdminAccess(new AccessSettings(settings.environment), files), files, settings);
  const namespaces = () => book.grantsOf(new Caller('subscriber', 'page')).flatMap((grant) => grant.namespaces);
  expect(namespaces()).toEqual(['shop.orders']);
  write('shop.carts');
  book.onModuleInit();
  expect(namespaces()).toEqual(['shop.carts']);
  write(`'`);
  book.onModuleInit();
  expect(namespaces(), 'a broken file changes nothing').toEqual(['shop.carts']);
  book.onApplicationShutdown();
});
