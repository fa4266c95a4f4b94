import {
  APP_ID,
  HEADER_EPOCH,
  HEADER_POSITION,
  HEADER_SENT_AGAIN,
  HEADER_STREAM,
  MESSAGE_TYPE,
} from '@sluice/contracts';
import type { Delivery } from '@sluice/messaging';
import type { QueueMessage } from '../connections/queue.publisher.js';

/** Foreign headers stay behind: they may be too large to be sent, or route copies elsewhere. */
const KEPT_HEADERS = [HEADER_STREAM, HEADER_POSITION, HEADER_EPOCH, 'traceparent', 'tracestate'];

/** The message of a control event once more, marked as such. */
export function barrierCopy(eventId: string, { body, properties }: Delivery): QueueMessage {
  const headers = Object.entries(properties.headers ?? {});
  const kept = headers.filter(([name]) => KEPT_HEADERS.includes(name));
  const { contentType } = properties as { contentType?: string };
  return {
    body,
    properties: {
      ...(contentType === undefined ? {} : { contentType }),
      messageId: eventId,
      type: MESSAGE_TYPE,
      appId: APP_ID,
      headers: { ...Object.fromEntries(kept), [HEADER_SENT_AGAIN]: true },
    },
  };
}
