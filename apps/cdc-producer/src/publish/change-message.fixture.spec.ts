import type { ChangeMessage } from './change-message.js';

/** A message of ten bytes that is told from others by its id. */
export const message = (id: string): ChangeMessage => ({
  id,
  pattern: `insert.shop.${id}`,
  operation: 'insert',
  position: id,
  document: 1,
  exchange: 'x',
  routingKey: id,
  body: Buffer.alloc(10),
  properties: {},
});
