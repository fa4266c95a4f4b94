import { FEED_MARK_TYPE, HEADER_POSITION, HEADER_STREAM } from '@sluice/contracts';
import type { ConsumeMessage } from 'amqplib';
import type { StreamedChange, StreamMessage } from './stream-message.js';

const HEADER_OFFSET = 'x-stream-offset';
const POSITION = /^\d{10}\.\d{10}\.\d{6}\.\d{8}$/;
/** A document's bucket stands before the operation. */
const BUCKET = /^\d\d\./;

/** A delivery of a stream queue. https://www.rabbitmq.com/docs/streams#consuming */
export function streamMessageOf({ fields, properties, content }: ConsumeMessage): StreamMessage {
  const headers: Readonly<Record<string, unknown>> = properties.headers ?? {};
  const id: unknown = properties.messageId;
  const contentType: unknown = properties.contentType;
  return {
    offset: Number(headers[HEADER_OFFSET]),
    id: typeof id === 'string' ? id : '',
    change: typeof id === 'string' ? changeOf(headers, fields.routingKey) : undefined,
    isMark: properties.type === FEED_MARK_TYPE,
    body: content,
    contentType: typeof contentType === 'string' ? contentType : undefined,
  };
}

function changeOf(headers: Readonly<Record<string, unknown>>, routingKey: string): StreamedChange | undefined {
  const { [HEADER_STREAM]: stream, [HEADER_POSITION]: position } = headers;
  if (typeof stream !== 'string' || typeof position !== 'string' || !POSITION.test(position)) return undefined;
  const begin = BUCKET.test(routingKey) ? 3 : 0;
  const dot = routingKey.indexOf('.', begin);
  if (dot < 0) return undefined;
  return { stream, position, operation: routingKey.slice(begin, dot), topic: routingKey.slice(dot + 1) };
}
