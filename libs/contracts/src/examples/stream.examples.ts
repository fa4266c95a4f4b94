/** Examples of what the admin HTTP says of streams, as its OpenAPI document shows them. */

export const STREAM_STATUS_EXAMPLE = {
  name: 'shop',
  state: 'running',
  since: '2026-03-02T09:00:00.000Z',
  scope: 'shop',
  epoch: 7,
  holder: 'web-1:2412:5c1e9a',
  leaseUntil: '2026-03-02T10:14:12.000Z',
  position: {
    last: '1772446447.0000000003.000002.00000000',
    clusterTime: '2026-03-02T10:14:07.000Z',
    readTo: '2026-03-02T10:14:08.000Z',
    savedAt: '2026-03-02T10:14:08.000Z',
  },
  counters: {
    captured: 120_431,
    capturedBytes: 61_204_118,
    published: 120_431,
    publishedBytes: 70_118_233,
    confirmed: 120_430,
    returned: 0,
    skipped: 0,
    resent: 0,
    reopened: 1,
    gaps: 0,
    claimed: 2,
    omitted: 0,
    takeovers: 1,
    pauses: 0,
    confirmedByOperation: { insert: 80_112, update: 40_010, delete: 308 },
  },
  lagSeconds: 0.4,
  inFlight: { events: 1, bytes: 582 },
  parked: 0,
  oplogHeadroomSeconds: 86_312,
  lastError: null,
};

const PLACE_EXAMPLE = {
  epoch: 7,
  generation: 2,
  last: '1772446447.0000000003.000002.00000000',
  clusterTime: '2026-03-02T10:14:07.000Z',
  readTo: '2026-03-02T10:14:08.000Z',
  resumeToken: { _data: '8269A5630F000000032B0229296E04' },
};

export const STREAM_POSITION_EXAMPLE = {
  stream: 'shop',
  ...PLACE_EXAMPLE,
  savedAt: '2026-03-02T10:14:08.000Z',
  isPaused: true,
  pipelineChanged: false,
};

const MOVED_PLACE_EXAMPLE = {
  epoch: 8,
  generation: 3,
  last: null,
  clusterTime: null,
  readTo: '2026-03-02T09:00:00.000Z',
  resumeToken: null,
};

export const POSITION_CHANGE_EXAMPLE = {
  isApplied: false,
  isAccepted: true,
  serverSays: 'the change stream opened there',
  oplogSince: '2026-03-01T06:11:40.000Z',
  effect: { kind: 'repeats', from: '2026-03-02T09:00:00.000Z', to: '2026-03-02T10:14:08.000Z' },
  forecast: {
    changes: { events: 10_000, isComplete: false },
    groups: [{ name: 'orders', events: 3_310, isComplete: true }],
  },
  position: { stream: 'shop', ...MOVED_PLACE_EXAMPLE, savedAt: null, isPaused: true, pipelineChanged: false },
};

export const POSITION_AUDIT_EXAMPLE = {
  changes: [
    {
      number: 1,
      at: '2026-03-02T10:20:00.000Z',
      by: 'ann',
      reason: 'orders of that hour again',
      request: '2026-03-02T09:00:00Z',
      before: PLACE_EXAMPLE,
      after: MOVED_PLACE_EXAMPLE,
    },
  ],
  nextBefore: null,
};
