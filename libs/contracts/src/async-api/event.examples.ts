import { Long, ObjectId, Timestamp } from 'bson';
import type { ChangeEvent } from '../change-event.js';
import { SCHEMA_VERSION } from '../change-event.js';

const ORDER = { _id: new ObjectId('6613d2b8c0a7f3d94e0a1b2c'), status: 'open', total: Long.fromNumber(1_299) };
const WALL_TIME = new Date('2026-03-02T10:14:07.120Z');
const TIME = new Timestamp({ t: 1_772_446_447, i: 3 });

const base = {
  id: '5d7f2c9a41be03a6',
  stream: 'shop',
  ns: { db: 'shop', coll: 'orders' },
  position: { clusterTime: TIME, generation: 2, ordinal: 0 },
  wallTime: WALL_TIME,
  source: {
    resumeToken: { _data: '8269A5630F000000032B0229296E04' },
    epoch: 7,
    snapshot: false,
    capturedAt: new Date('2026-03-02T10:14:07.180Z'),
  },
  schemaVersion: SCHEMA_VERSION,
} as const;
const documentKey = { _id: ORDER._id };

/** One event of each kind, as the description of the messages shows them. */
export const EVENT_EXAMPLES: readonly ChangeEvent[] = [
  { ...base, operation: 'insert', documentKey, fullDocument: ORDER },
  {
    ...base,
    operation: 'update',
    documentKey,
    updateDescription: { updatedFields: { status: 'paid' }, removedFields: [], truncatedArrays: [] },
    fullDocument: { ...ORDER, status: 'paid' },
  },
  { ...base, operation: 'replace', documentKey, fullDocument: { ...ORDER, status: 'shipped' } },
  { ...base, operation: 'delete', documentKey },
  { ...base, operation: 'read', documentKey, fullDocument: ORDER, source: { ...base.source, snapshot: true } },
  { ...base, operation: 'drop' },
  { ...base, operation: 'rename', to: { db: 'shop', coll: 'orders_2025' } },
  { ...base, operation: 'dropDatabase', ns: { db: 'shop' } },
  { ...base, operation: 'invalidate', ns: {} },
  {
    ...base,
    operation: 'gap',
    ns: {},
    from: new Timestamp({ t: 1_772_400_000, i: 1 }),
    to: TIME,
    source: { ...base.source, resumeToken: {} },
  },
];
