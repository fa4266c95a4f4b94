import { expect, it } from 'vitest';
import type { BarrierStore } from '../barrier/barrier.store.js';
import type { GroupMembership } from '../group/group.membership.js';
import type { GroupRegister } from '../group/group.register.js';
import type { GroupMemory } from '../inbox/group-memory.js';
import { GroupResetService } from './group-reset.service.js';

const membership = { name: 'mirror' } as unknown as GroupMembership; // all that is read before a store is asked
const unused = {} as unknown;
const service = new GroupResetService(
  membership,
  unused as GroupRegister, // no store is asked about a range that is refused
  unused as GroupMemory,
  unused as BarrierStore,
);

it.each(['2026-03-02T09:00:00Z', '2026-03-02T08:59:59Z'])(
  'refuses a reset that ends at %s, which is no malformed request',
  async (to) => {
    const wish = { stream: 'shop', from: '2026-03-02T09:00:00Z', to, by: 'ann', reason: 'that hour' };
    const message = expect.stringContaining('is not behind `from`') as string;
    await expect(service.reset('mirror', wish, true)).rejects.toMatchObject({ httpStatus: 409, message });
  },
);
