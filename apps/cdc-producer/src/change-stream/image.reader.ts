import type { Document, MongoClient } from 'mongodb';
import { namespaceName } from '@sluice/contracts';
import type { StreamSettings } from '../config/streams-file.schema.js';
import { coversNamespace } from '../filter/overlap.policy.js';

const INTERNAL = new Set(['admin', 'config', 'local']);

/**
 * The stream's collections that record no images of documents, for whoever has to turn them on.
 * https://www.mongodb.com/docs/manual/reference/command/collMod/#change-streams-with-document-pre--and-post-images
 */
export async function collectionsWithoutImages(client: MongoClient, stream: StreamSettings): Promise<string[]> {
  const lacking: string[] = [];
  for (const db of await databasesOf(client, stream)) {
    for (const { name, options } of await client
      .db(db)
      .listCollections({ type: 'collection' }, { nameOnly: false })
      .toArray()) {
      if (name.startsWith('system.') || !coversNamespace(stream, { db, coll: name })) continue;
      if (!recordsImages(options)) lacking.push(namespaceName({ db, coll: name }));
    }
  }
  return lacking.sort();
}

function recordsImages(options: Document | undefined): boolean {
  const images = options?.['changeStreamPreAndPostImages'] as { readonly enabled?: boolean } | undefined; // as the server documents it
  return images?.enabled === true;
}

async function databasesOf(client: MongoClient, { scope }: StreamSettings): Promise<string[]> {
  if (!('deployment' in scope)) return [scope.database];
  const { databases } = await client.db('admin').admin().listDatabases({ nameOnly: true });
  return databases.map(({ name }) => name).filter((name) => !INTERNAL.has(name));
}
