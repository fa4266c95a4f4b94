/** Examples of what the admin HTTP says of groups, as its OpenAPI document shows them. */

export const GROUP_STATUS_EXAMPLE = {
  name: 'orders',
  state: 'bound',
  consuming: 'running',
  pause: null,
  partitions: 2,
  generation: 1,
  revision: 4,
  next: null,
  patterns: ['insert.shop.orders', 'update.shop.orders'],
  members: [{ id: 'web-1-2412-5c1e9a', lastSeen: '2026-03-02T10:14:07.000Z', partitions: [0, 1] }],
  ownPartitions: [0, 1],
  queues: [
    {
      name: 'sluice.group.orders.1.0',
      partition: 0,
      messages: 12,
      consumers: 1,
      holder: 'web-1-2412-5c1e9a',
      oldestEventAgeSeconds: 1.2,
    },
    {
      name: 'sluice.group.orders.1.1',
      partition: 1,
      messages: 0,
      consumers: 1,
      holder: 'web-1-2412-5c1e9a',
      oldestEventAgeSeconds: null,
    },
  ],
  lostQueues: [],
  deadLetters: { queue: 'sluice.dead-letter.orders', messages: 3 },
  parked: 0,
  counters: {
    received: 120_431,
    handled: 120_428,
    retried: 9,
    deadLettered: 3,
    unmatched: 0,
    fenced: 0,
    redelivered: 2,
  },
  handlers: [
    { name: 'OrdersHandler.onInsert', patterns: ['insert.shop.orders'], handled: 80_112, repeated: 2, failed: 3 },
  ],
  mirrors: [
    {
      name: 'OrdersMirror',
      from: 'shop.orders',
      written: 120_100,
      repeated: 2,
      overtaken: 0,
      belowFloor: 0,
      unknown: 0,
      refused: 0,
    },
  ],
};

export const OTHER_GROUP_EXAMPLE = {
  name: 'warehouse',
  kind: 'foreign',
  state: 'bound',
  patterns: ['insert.shop.#'],
  queues: ['warehouse.events'],
  members: 0,
  memberSeenAt: null,
  revision: 1,
};

export const GROUP_CHANGE_EXAMPLE = {
  name: 'orders',
  dryRun: true,
  from: { partitions: 2, generation: 1 },
  to: { partitions: 8, generation: 2 },
  revision: 4,
  steps: ['8 new queues are declared and bound beside the 2 old ones; events come to both'],
};

export const GROUP_REGISTER_RESULT_EXAMPLE = {
  name: 'warehouse',
  isApplied: true,
  state: 'retired',
  revision: 2,
  queues: [{ name: 'warehouse.events', messages: 0, isDeleted: false }],
  records: [],
};

export const GROUP_AUDIT_EXAMPLE = {
  changes: [
    {
      number: 1,
      at: '2026-03-02T10:20:00.000Z',
      by: 'ann',
      reason: 'the warehouse is closed',
      request: 'retire',
      range: null,
      before: {
        state: 'bound',
        patterns: ['insert.shop.#'],
        queues: ['warehouse.events'],
        partitions: 1,
        paused: false,
      },
      after: {
        state: 'retired',
        patterns: ['insert.shop.#'],
        queues: ['warehouse.events'],
        partitions: 1,
        paused: false,
      },
    },
  ],
};

export const GROUP_RESET_EXAMPLE = {
  stream: 'shop',
  from: '2026-03-02T09:00:00Z',
  by: 'ann',
  reason: 'the handler of that morning had lost the discounts',
};

export const GROUP_RESET_RESULT_EXAMPLE = {
  name: 'orders',
  isApplied: false,
  stream: 'shop',
  from: '1772442000.0000000000.000000.00000000',
  to: null,
  inboxEntries: 12_004,
  fences: 3_310,
  controlEvents: 0,
  revision: 5,
};

export const INBOX_LOOKUP_EXAMPLE = {
  eventId: '5d7f2c9a41be03a6',
  entries: [
    {
      group: 'orders',
      handler: 'OrdersHandler.onInsert',
      handledAt: '2026-03-02T10:14:07.000Z',
      stream: 'shop',
      position: '1772446447.0000000003.000002.00000000',
      connection: 'default',
    },
  ],
};
