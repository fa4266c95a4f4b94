import { Caller } from '@sluice/platform';
import { expect, it } from 'vitest';
import { TicketAllowances } from './ticket.allowances.js';
import { TicketsThrottledError } from './tickets-throttled.error.js';

const page = new Caller('subscriber', 'page', { tokenDigest: 'a' });
const crew = new Caller('viewer', 'crew', { tokenDigest: 'b' });
const three = () => new TicketAllowances({ maxConnectionsPerToken: 3 });

function refusalOf(take: () => void): TicketsThrottledError | undefined {
  try {
    take();
  } catch (error) {
    if (error instanceof TicketsThrottledError) return error;
    throw error;
  }
  return undefined;
}

it('a token has as many tickets in 30 s as it may have connections, is told when there is one more, and has it then', () => {
  const allowances = three();
  for (const nowMs of [0, 0, 1_000]) allowances.take(page, nowMs);
  const refused = refusalOf(() => allowances.take(page, 1_000));
  expect(refused).toMatchObject({ httpStatus: 429, code: 'SLUICE-REALTIME-TICKETS-THROTTLED' });
  expect(refused?.headers).toEqual({ 'Retry-After': '9' });
  expect(refused?.message).toContain('allowed: 3 in 30 s');
  allowances.take(crew, 1_000);
  allowances.take(page, 10_000);
  expect(refusalOf(() => allowances.take(page, 10_000))).toBeDefined();
  for (let each = 0; each < 3; each += 1) allowances.take(page, 600_000);
  expect(refusalOf(() => allowances.take(page, 600_000))).toBeDefined();
});

it('without tokens everybody is the same nobody, and is not counted', () => {
  const allowances = three();
  for (let each = 0; each < 100; each += 1) allowances.take(new Caller('operator', null), 0);
  expect(allowances.owners).toBe(0);
});

it('keeps no more owners than it has room for, and forgets whoever asked longest ago', () => {
  const allowances = three();
  for (let each = 0; each < 3; each += 1) allowances.take(page, 0);
  for (let n = 0; n < 20_000; n += 1) allowances.take(new Caller('subscriber', `user ${n}`), 0);
  expect(allowances.owners).toBe(10_000);
  allowances.take(page, 0);
});
