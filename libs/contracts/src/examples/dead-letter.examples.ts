/** Examples of what the admin HTTP says of dead letters, as its OpenAPI document shows them. */

export const DEAD_LETTER_EXAMPLE = {
  id: '1f6dd0c4-9c5c-4c39-9c3a-0a1f2f0f7e55',
  reason: 'handler-failed',
  handler: 'OrdersHandler.onInsert',
  eventId: '5d7f2c9a41be03a6',
  stream: 'shop',
  position: '1772446447.0000000001.000000.00000000',
  operation: 'insert',
  namespace: 'shop.orders',
  errorName: 'Error',
  errorMessage: 'no stock',
  attempts: 5,
  firstFailedAt: '2026-03-02T10:14:07.000Z',
  lastFailedAt: '2026-03-02T10:14:38.000Z',
  bytes: 582,
};

export const DEAD_LETTER_OPERATION_EXAMPLE = {
  id: '0a8f5b1e-7f57-4b0e-9a53-3d7a1f2b6c11',
  kind: 'replay',
  state: 'done',
  letter: null,
  filter: { handler: 'OrdersHandler.onInsert' },
  eventId: null,
  stream: null,
  position: null,
  by: 'ann',
  reason: 'the stock service is back',
  startedAt: '2026-03-02T11:00:00.000Z',
  changedAt: '2026-03-02T11:00:04.000Z',
  total: 3,
  scanned: 3,
  taken: 3,
  superseded: 0,
  error: null,
};
