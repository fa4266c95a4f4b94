import { FENCE_COLLECTION, INBOX_COLLECTION } from '@sluice/contracts';
import type { Collection, Db } from 'mongodb';

/** What forgets by itself, and by which of its times. */
const EXPIRING = [
  { collection: INBOX_COLLECTION, field: 'handledAt' },
  { collection: FENCE_COLLECTION, field: 'deletedAt' }, // versions of living documents have none, and stay
] as const;

const INDEX_OPTIONS_CONFLICT = 85;
const INDEX_KEY_SPECS_CONFLICT = 86;

/**
 * Lets entries and tombstones go after their time to live, by TTL indexes
 * (https://www.mongodb.com/docs/manual/core/index-ttl/). Where one exists with another time, the time is changed: a new
 * setting counts for what is there too.
 */
export async function ensureTimeToLive(db: Db, expireAfterSeconds: number): Promise<void> {
  for (const { collection, field } of EXPIRING) await ensureIndex(db.collection(collection), field, expireAfterSeconds);
}

async function ensureIndex(collection: Collection, field: string, expireAfterSeconds: number): Promise<void> {
  const name = `${field}_ttl`;
  try {
    await collection.createIndex({ [field]: 1 }, { name, expireAfterSeconds });
  } catch (error) {
    if (!isOtherTime(error)) throw error;
    await collection.db.command({ collMod: collection.collectionName, index: { name, expireAfterSeconds } });
  }
}

function isOtherTime(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return error.code === INDEX_OPTIONS_CONFLICT || error.code === INDEX_KEY_SPECS_CONFLICT;
}
