import { ObjectId, Timestamp } from 'mongodb';
import {
  APP_ID,
  bucketOfValue,
  encodeChangeEvent,
  HEADER_EPOCH,
  HEADER_POSITION,
  HEADER_STREAM,
  MESSAGE_TYPE,
  positionKey,
} from '../../dist/cdc-consumer/libs/contracts/src/index.js';
import { anOrder } from '../lib/order.mjs';

const START_SECONDS = 1_767_225_600;
const EVENTS_A_SECOND = 1_024;

/**
 * `events` messages, made once: making them must not be part of what is measured. They are inserts of as many documents,
 * or of `documents` in turns, and say which of `partitions` they belong to.
 */
export function changeMessages({ events, bytes, format, documents = events, partitions = 1, poison }) {
  return Array.from({ length: events }, (_, n) => {
    const _id = orderId(n % documents);
    const order = n === poison ? { ...anOrder(n, bytes), poison: true } : anOrder(n, bytes);
    const partition = bucketOfValue('bench.orders', _id) % partitions;
    return { ...changeMessage({ n, _id, fields: order, format }), partition };
  });
}

export function orderId(n) {
  return new ObjectId(n.toString(16).padStart(24, '0'));
}

/** The `n`th change, of inserting a document with these fields, as cdc-producer would publish it. */
export function changeMessage({ n, _id, fields, format }) {
  const t = START_SECONDS + Math.floor(n / EVENTS_A_SECOND);
  const position = { clusterTime: new Timestamp({ t, i: (n % EVENTS_A_SECOND) + 1 }), generation: 0, ordinal: 0 };
  const event = {
    id: `bench-${n}`,
    stream: 'bench',
    operation: 'insert',
    ns: { db: 'bench', coll: 'orders' },
    documentKey: { _id },
    fullDocument: { _id, ...fields },
    position,
    wallTime: new Date(t * 1000),
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
