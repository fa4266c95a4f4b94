import { RequestInvalidError } from '@sluice/platform';
import { describe, expect, it } from 'vitest';
import type { ConsumerSettings } from '../config/consumer.settings.js';
import type { GroupMembership } from '../group/group.membership.js';
import type { GroupAuditLine, GroupRegister } from '../group/group.register.js';
import type { GroupRetirement } from '../group/group.retirement.js';
import type { GroupState } from '../group/group.state.js';
import { GroupNotFoundError } from './group-not-found.error.js';
import { GroupRegisterService } from './group-register.service.js';

const audited = { patterns: [], queues: [], partitions: 1, paused: false };
const LINE: GroupAuditLine = {
  ...{ number: 1, at: new Date('2026-03-02T10:00:00Z'), by: 'ann', reason: 'moved', request: 'retire' },
  before: { ...audited, state: 'bound' },
  after: { ...audited, state: 'retired' },
};

/** `registered`: groups that have a registration; `lines`: what is kept of any group. */
function aService(registered: readonly string[], lines: readonly GroupAuditLine[] = []): GroupRegisterService {
  const find = (name: string) => Promise.resolve(registered.includes(name) ? { _id: name } : undefined);
  const register = { find, history: () => Promise.resolve(lines) } as unknown as GroupRegister; // all that is asked
  const membership = { name: 'mirror' } as unknown as GroupMembership; // all that is read
  const unused = {} as unknown;
  return new GroupRegisterService(
    register,
    unused as GroupRetirement, // neither history nor a refused name gets so far, nor to the two others
    unused as GroupState,
    membership,
    unused as ConsumerSettings,
  );
}

describe('the history of a group', () => {
  it('is empty for a group that nobody has changed', async () => {
    expect(await aService(['stock']).history('stock')).toEqual({ changes: [] });
  });

  it('is there for a group whose registration is deleted', async () => {
    expect((await aService([], [LINE]).history('stock')).changes).toMatchObject([{ number: 1, request: 'retire' }]);
  });

  it('is refused for a group that nobody knows', async () => {
    await expect(aService(['stock']).history('stok')).rejects.toThrow(GroupNotFoundError);
  });
});

describe('a foreign group', () => {
  const wish = { queues: ['stock'], patterns: ['insert.#'], by: 'ann', reason: 'the warehouse' };

  it.each(['the stock', 'stock:1', 'x'.repeat(65)])('is refused as malformed with the name %j', async (name) => {
    const refused = aService([]).registerForeign(name, wish, true);
    await expect(refused).rejects.toThrow(RequestInvalidError);
    await expect(refused).rejects.toMatchObject({ httpStatus: 400, errors: [{ field: 'name', found: `"${name}"` }] });
  });
});
