import { Long, ObjectId, Timestamp } from 'bson';
import {
  APP_ID,
  encodeChangeEvent,
  HEADER_EPOCH,
  HEADER_POSITION,
  HEADER_STREAM,
  MESSAGE_TYPE,
  positionKey,
} from '../../dist/cdc-consumer/libs/contracts/src/index.js';

const FIELDS_BYTES = 180;

/** The change of inserting an order, as cdc-producer would publish it. */
export function changeMessage(n, bytes, format) {
  const position = {
    clusterTime: new Timestamp({ t: 1_767_225_600 + (n >> 10), i: (n & 1023) + 1 }),
    generation: 0,
    ordinal: 0,
  };
  const _id = new ObjectId(n.toString(16).padStart(24, '0'));
  const event = {
    id: `bench-${n}`,
    stream: 'bench',
    operation: 'insert',
    ns: { db: 'bench', coll: 'orders' },
    documentKey: { _id },
    fullDocument: {
      _id,
      n,
      customer: `customer ${n}`,
      at: new Date(1_767_225_600_000 + n),
      total: 12.5 + n,
      views: Long.fromNumber(n),
      tags: ['new', 'web'],
      address: { street: 'Main Street', number: n % 100 },
      note: 'x'.repeat(Math.max(0, bytes - FIELDS_BYTES)),
    },
    position,
    wallTime: new Date(1_767_225_600_000 + n),
    source: {
      resumeToken: { _data: `82${n.toString(16).padStart(40, '0')}` },
      epoch: 1,
      snapshot: false,
      capturedAt: new Date(0),
    },
    schemaVersion: 1,
  };
  const { body, contentType } = encodeChangeEvent(event, format);
  const headers = { [HEADER_STREAM]: 'bench', [HEADER_POSITION]: positionKey(position), [HEADER_EPOCH]: 1 };
  return {
    body,
    properties: { contentType, messageId: event.id, type: MESSAGE_TYPE, appId: APP_ID, persistent: true, headers },
  };
}
