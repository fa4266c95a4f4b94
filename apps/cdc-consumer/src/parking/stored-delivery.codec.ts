import type { Delivery } from '@sluice/messaging';
import { BSON } from 'mongodb';

/** A message as it is kept: its body untouched, the rest as BSON of its own, since header names are anybody's. */
export interface StoredDelivery {
  readonly body: Buffer;
  readonly envelope: Buffer;
}

type Envelope = Pick<Delivery, 'properties' | 'exchange' | 'routingKey'>;

/** Bytes that a MongoDB document has room for beside the rest: 16 MiB less what headers and our own fields may take. */
export const MAX_STORED_BYTES = 15 * 1024 * 1024;

export function storedDelivery({ body, properties, exchange, routingKey }: Delivery): StoredDelivery {
  return { body, envelope: Buffer.from(BSON.serialize({ properties, exchange, routingKey })) };
}

/** The message again, as one that the broker delivers for a second time from this queue. */
export function restoredDelivery(
  { body, envelope }: StoredDelivery,
  place: Pick<Delivery, 'queue' | 'partition'>,
): Delivery {
  // Written by `storedDelivery` alone.
  const { properties, exchange, routingKey } = BSON.deserialize(envelope, { promoteBuffers: true }) as Envelope;
  return { ...place, body, properties, exchange, routingKey, redelivered: true };
}
