import { Logger } from '@nestjs/common';
import type { MongoLink } from '@sluice/platform';
import { eventually } from '@sluice/testing';
import { Timestamp } from 'mongodb';
import { expect, it, vi } from 'vitest';
import type { ProducerSettings } from '../config/producer.settings.js';
import { streamSchema } from '../config/streams-file.schema.js';
import { OplogWatch, pauseAfterLook } from './oplog.watch.js';

it('a look at the oplog is repeated every thirty seconds, and more seldom where the server is long at it, but not for ever', () => {
  expect([0, 5, 300, 301, 2_000, 600_000].map(pauseAfterLook)).toEqual([
    30_000, 30_000, 30_000, 30_100, 200_000, 500_000,
  ]);
});

it('what time it is there is known also where the oplog is not readable', async () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockReturnValue();
  const refused = () => Promise.reject(new Error('not authorized on local'));
  const client = {
    db: () => ({
      collection: () => ({ findOne: refused }),
      command: () => Promise.resolve({ operationTime: new Timestamp({ t: 1_000, i: 1 }) }),
    }),
  };
  const link = { isConnected: () => true, connection: { on: () => undefined, getClient: () => client } };
  const settings = { streams: [streamSchema.parse({ name: 'shop', scope: { database: 'shop' } })] };
  const watch = new OplogWatch(settings as unknown as ProducerSettings, link as unknown as MongoLink); // what it asks for
  expect(watch.nowSeconds).toBeNull();
  watch.onApplicationBootstrap();
  await eventually(() => warn.mock.calls.length === 1);
  await eventually(() => watch.nowSeconds !== null);
  watch.onModuleDestroy();
  expect(watch.nowSeconds).toBeGreaterThanOrEqual(1_000);
  expect(watch.oldest('primary')).toBeNull();
  warn.mockRestore();
});
