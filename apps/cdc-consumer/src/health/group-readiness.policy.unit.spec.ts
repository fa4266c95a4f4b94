import { describe, expect, it } from 'vitest';
import { groupReadiness, groupWarnings, type GroupFacts } from './group-readiness.policy.js';

const [earlier, later] = [new Date(1_000), new Date(2_000)];
const running: GroupFacts = {
  consuming: 'running',
  since: later,
  topology: { state: 'bound', since: earlier },
  consumption: 'run',
  pause: null,
  ownPartitions: 2,
  warnings: [],
};
const joining = { state: 'joining', since: earlier } as const;
const failing = { state: 'failing', since: earlier, error: new Error('queue q exists with other arguments') } as const;

describe("the group's readiness", () => {
  it.each<[string, Partial<GroupFacts>, object]>([
    ['running', {}, { ready: true, state: 'running', since: later }],
    ['standing by', { ownPartitions: 0 }, { ready: true, state: 'standing by', since: later }],
    [
      'running while events grow old',
      { warnings: ['the oldest event is old'] },
      { ready: false, state: 'running', reason: 'the oldest event is old' },
    ],
    ['paused', { consuming: 'paused', consumption: 'paused' }, { ready: true, state: 'paused', since: later }],
    [
      'paused by somebody',
      { consuming: 'paused', consumption: 'paused', pause: { since: earlier, by: 'ann', reason: 'new disks' } },
      { ready: true, reason: 'ann paused the group at 1970-01-01T00:00:01.000Z: new disks; resume it to go on' },
    ],
    ['of an older deployment', { consuming: 'paused', consumption: 'outdated' }, { ready: false, state: 'outdated' }],
    [
      'failing',
      { consuming: 'starting', topology: failing },
      { ready: false, since: earlier, reason: failing.error.message },
    ],
    ['joining', { consuming: 'starting', topology: joining }, { ready: false, state: 'joining', since: earlier }],
    [
      'joining without RabbitMQ',
      { consuming: 'disconnected', topology: joining },
      { ready: false, state: 'joining', reason: expect.stringContaining('RabbitMQ is not connected') },
    ],
    ['subscribing', { consuming: 'starting' }, { ready: false, state: 'starting', since: later }],
  ])('of a replica that is %s', (_, facts, expected) => {
    expect(groupReadiness({ ...running, ...facts })).toMatchObject(expected);
  });

  it('has always since when, and a reason for everything but running', () => {
    for (const topology of [running.topology, joining, failing]) {
      for (const consuming of ['starting', 'paused', 'disconnected', 'stopped'] as const) {
        const { since, reason } = groupReadiness({ ...running, topology, consuming });
        expect(since).toBeInstanceOf(Date);
        expect(reason).toBeTruthy();
      }
    }
  });
});

describe("what is wrong with the group's work", () => {
  const limits = { maxEventAgeSeconds: 60, maxUnconsumedSeconds: 10 };
  const work = {
    oldestEventSeconds: 61,
    unconsumed: [
      { partition: 1, seconds: 11 },
      { partition: 2, seconds: 9 },
    ],
  };

  it('is told by name, past the limits that are set', () => {
    expect(groupWarnings(work, limits)).toEqual([
      'the oldest event is 61 s old (MAX_EVENT_AGE_SECONDS: 60)',
      'nobody consumes partition 1 (MAX_UNCONSUMED_SECONDS: 10)',
    ]);
    expect(groupWarnings(work, { maxEventAgeSeconds: 0, maxUnconsumedSeconds: 0 })).toEqual([]);
    expect(groupWarnings({ oldestEventSeconds: undefined, unconsumed: [] }, limits)).toEqual([]);
  });
});
