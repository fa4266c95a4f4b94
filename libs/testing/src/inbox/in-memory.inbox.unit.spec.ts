import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { CONTRACT_TTL_MS, inboxContract, type InboxUnderTest } from './inbox.contract.spec.js';
import { faultOf, historyArbitrary, play } from './inbox.history.spec.js';
import { InMemoryInbox } from './in-memory.inbox.js';

/** Lines of a handler that fails are not written: memory takes nothing back. */
function anInbox(): InboxUnderTest {
  let now = Date.now();
  const lines: string[] = [];
  const pending = new Map<object, string[]>();
  const memory = new InMemoryInbox({ ttlMs: CONTRACT_TTL_MS, now: () => new Date(now) });
  return {
    inbox: {
      handle: (entry, work) =>
        memory.handle(entry, async (session) => {
          pending.set(session, []);
          await work(session);
          lines.push(...(pending.get(session) ?? []));
        }),
    },
    write: async (line, session) => {
      await Promise.resolve();
      pending.get(session)?.push(line);
    },
    written: () => Promise.resolve(lines),
    forget: () => {
      now += CONTRACT_TTL_MS + 1;
      return Promise.resolve();
    },
    close: () => Promise.resolve(),
  };
}

inboxContract('memory', () => Promise.resolve(anInbox()));

describe('an inbox in memory', () => {
  it('has every change once or reports it, and takes no document back, whatever befalls the deliveries', async () => {
    await fc.assert(
      fc.asyncProperty(historyArbitrary, async (history) => {
        const outcome = await play(anInbox(), history, 'run');
        expect(faultOf(history, outcome)).toBeUndefined();
      }),
      { numRuns: 1_000 },
    );
  });
});
