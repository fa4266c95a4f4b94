import { HEADER_POSITION, HEADER_STREAM } from '@sluice/contracts';
import type { EventIdentity } from '@sluice/handlers';
import type { Delivery } from '@sluice/messaging';

/** Which event a log line about a delivery concerns, as its properties say; whatever a foreign program put there. */
export function deliveryFields({ properties }: Pick<Delivery, 'properties'>): Record<keyof EventIdentity, unknown> {
  const headers = properties.headers ?? {};
  return { eventId: properties.messageId, stream: headers[HEADER_STREAM], position: headers[HEADER_POSITION] };
}
