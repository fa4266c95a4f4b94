import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LeaseDeadline } from './lease.deadline.js';

const LEASE_MS = 1_000;

function deadlineAt(startMs = 0) {
  const clock = { ms: startMs };
  return { clock, deadline: new LeaseDeadline(LEASE_MS, startMs, { now: () => clock.ms }) };
}

describe("a holder's deadline", () => {
  it('is a lease time after the request was sent, not after it was answered', () => {
    const { clock, deadline } = deadlineAt();
    clock.ms = 400;
    deadline.extend(300);
    clock.ms = 1_299;
    expect(deadline.isOver()).toBe(false);
    expect(deadline.leftMs).toBe(1);
    clock.ms = 1_300;
    expect(deadline.isOver()).toBe(true);
    expect(deadline.leftMs).toBe(0);
  });

  it('is not revived by an answer that comes after it, as to a process that was stopped meanwhile', () => {
    const { clock, deadline } = deadlineAt();
    clock.ms = 60_000;
    deadline.extend(59_999);
    expect(deadline.isOver()).toBe(true);
  });

  it('is not brought forward by answers that come in another order', () => {
    const { clock, deadline } = deadlineAt();
    deadline.extend(500);
    deadline.extend(200);
    clock.ms = 1_400;
    expect(deadline.isOver()).toBe(false);
  });

  it('never lets a holder act when the server counts its lease as over', () => {
    const renewal = fc.record({
      idleMs: fc.nat(900),
      toServerMs: fc.nat(900),
      toUsMs: fc.nat(900),
      isAnswered: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(renewal, { maxLength: 20 }), fc.nat(50), (renewals, firstMs) => {
        const { clock, deadline } = deadlineAt();
        let serverUntil = firstMs + LEASE_MS;
        clock.ms = firstMs;
        for (const { idleMs, toServerMs, toUsMs, isAnswered } of renewals) {
          clock.ms += idleMs;
          if (!deadline.isOver()) expect(clock.ms).toBeLessThan(serverUntil);
          const sentAtMs = clock.ms;
          clock.ms += toServerMs;
          if (clock.ms >= serverUntil) return; // the server would give the stream to another from here on
          if (isAnswered) serverUntil = clock.ms + LEASE_MS;
          clock.ms += toUsMs;
          if (isAnswered) deadline.extend(sentAtMs);
          if (!deadline.isOver()) expect(clock.ms).toBeLessThan(serverUntil);
        }
      }),
    );
  });
});
