import { hash } from 'node:crypto';
import {
  APP_ID,
  encodeChangeEvent,
  HEADER_LOST_QUEUE,
  HEADER_POSITION,
  HEADER_STREAM,
  MESSAGE_TYPE,
  positionKey,
  SCHEMA_VERSION,
  type GapEvent,
} from '@sluice/contracts';
import { Timestamp } from 'mongodb';
import type { QueueMessage } from '../connections/queue.publisher.js';
import type { GapDebt, GapStart, QueueRecord } from './queue-record.js';

/** The messages that tell the handlers what went with a queue, one for each stream. */
export function lostQueueGaps({ queue, since }: QueueRecord, { starts, to }: GapDebt): QueueMessage[] {
  return starts.map((start) => messageOf(gapOf(queue, start, since, to), queue));
}

/** Its id follows from what is lost: told again after a crash, or by two replicas, it is the same event. */
function gapOf(queue: string, { stream, after }: GapStart, since: Date, foundAt: Date): GapEvent {
  const position = after ?? { clusterTime: secondOf(since), generation: 0, ordinal: 0 };
  const from = position.clusterTime;
  const end = secondOf(foundAt, 1); // changes of the same second may be lost as well
  const text = `gap ${stream} ${queue} ${positionKey(position)} ${foundAt.getTime()}`;
  return {
    id: hash('sha256', text, 'hex').slice(0, 32),
    stream,
    operation: 'gap',
    ns: {},
    from,
    to: end.compare(from) > 0 ? end : from,
    position,
    source: { resumeToken: {}, epoch: 0, snapshot: false, capturedAt: foundAt },
    schemaVersion: SCHEMA_VERSION,
  };
}

function messageOf(event: GapEvent, queue: string): QueueMessage {
  const { body, contentType } = encodeChangeEvent(event);
  const headers = {
    [HEADER_STREAM]: event.stream,
    [HEADER_POSITION]: positionKey(event.position),
    [HEADER_LOST_QUEUE]: queue,
  };
  return { body, properties: { contentType, messageId: event.id, type: MESSAGE_TYPE, appId: APP_ID, headers } };
}

/** A cluster time's seconds are those of the server's clock. */
function secondOf(date: Date, plus = 0): Timestamp {
  return new Timestamp({ t: Math.floor(date.getTime() / 1000) + plus, i: 0 });
}
