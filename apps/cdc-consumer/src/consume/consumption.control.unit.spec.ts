import { Logger } from '@nestjs/common';
import type { OrderedRmqServer } from '@sluice/messaging';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { GroupMembership } from '../group/group.membership.js';
import type { GroupHeartbeat } from '../group/group.heartbeat.js';
import type { GroupShare } from '../group/group.share.js';
import type { Consumption } from '../group/consumption.policy.js';
import { ConsumptionControl } from './consumption.control.js';

/** A control whose group goes through these states; answers what it did and what it logged. */
function after(...states: Consumption[]) {
  const consumer = { start: vi.fn(), pause: vi.fn(() => Promise.resolve()) };
  const lines: unknown[] = [];
  const write = (line: unknown) => lines.push(line);
  Logger.overrideLogger({ log: write, warn: write, error: write });
  const onConsumption = (listener: (state: Consumption) => void) => states.forEach(listener);
  // The members that a control uses are all there.
  const membership = { name: 'mirror', onConsumption, stopped: vi.fn() } as unknown as GroupMembership;
  const heartbeat = { soon: vi.fn() } as unknown as GroupHeartbeat;
  const share = { onChange: () => undefined } as unknown as GroupShare;
  new ConsumptionControl({ consumer } as unknown as OrderedRmqServer, membership, heartbeat, share).onModuleInit();
  return { started: consumer.start.mock.calls.length, paused: consumer.pause.mock.calls.length, lines };
}

describe('the control of consumption', () => {
  afterEach(() => Logger.overrideLogger(false));

  it('begins without a word', () => {
    expect(after('run')).toEqual({ started: 1, paused: 0, lines: [] });
  });

  it('says that the group was paused, and that it was resumed', () => {
    const { started, paused, lines } = after('run', 'paused', 'run');
    expect([started, paused]).toEqual([2, 1]);
    expect(lines).toEqual([
      expect.stringContaining('group "mirror" is paused'),
      'group "mirror" is resumed: this replica consumes',
    ]);
  });

  it('says that the group belongs to a newer deployment, and when it does no more', () => {
    expect(after('outdated', 'run').lines).toEqual([
      expect.stringContaining('registered with other patterns'),
      expect.stringContaining("this replica's patterns again"),
    ]);
  });
});
