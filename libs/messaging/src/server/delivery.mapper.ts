import type { ConsumeMessage } from 'amqplib';
import type { Delivery, PartitionQueue } from './delivery.js';

/** A message as amqplib hands it over, and the partition that it came by. */
export function deliveryOf(message: ConsumeMessage, { queue, partition }: PartitionQueue): Delivery {
  const { exchange, routingKey, redelivered } = message.fields;
  return { queue, partition, body: message.content, properties: message.properties, exchange, routingKey, redelivered };
}
