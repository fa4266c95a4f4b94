import type { MongoClient } from 'mongodb';

export type FailMode = 'off' | 'alwaysOn' | { readonly times: number };

/**
 * Makes the server fail the producer's own commands:
 * https://github.com/mongodb/mongo/wiki/The-failCommand-fail-point
 */
export async function failProducer(mongo: MongoClient, mode: FailMode, data: object = {}): Promise<void> {
  await mongo.db('admin').command({
    configureFailPoint: 'failCommand',
    mode,
    ...(mode === 'off' ? {} : { data: { appName: 'cdc-producer', ...data } }),
  });
}
