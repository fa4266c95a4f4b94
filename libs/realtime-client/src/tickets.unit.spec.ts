import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CLIENT_ERROR } from './realtime.error.js';
import { ticketsFrom } from './tickets.js';

const ANSWERS = new Map([
  ['Bearer right', 201],
  ['Bearer without-live-push', 403],
  ['Bearer too-early', 503],
]);
const server = createServer(({ method, headers }, response) => {
  response.statusCode = method === 'POST' ? (ANSWERS.get(headers.authorization ?? '') ?? 401) : 405;
  response.end(JSON.stringify({ ticket: 'a-ticket' }));
});
let url: string;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/realtime/tickets`;
});
afterAll(() => void server.close());

it('a token, or what fetches one, is exchanged for a ticket', async () => {
  expect(await ticketsFrom(url, 'right')()).toBe('a-ticket');
  expect(await ticketsFrom(url, () => Promise.resolve('right'))()).toBe('a-ticket');
});

it('a token that is refused ends the client; a server that has no ticket now is asked again', async () => {
  for (const token of ['wrong', 'without-live-push'])
    await expect(ticketsFrom(url, token)()).rejects.toMatchObject({ code: CLIENT_ERROR.ticketRefused });
  await expect(ticketsFrom(url, 'too-early')()).rejects.toThrow(/answers 503$/);
  await expect(ticketsFrom(url, 'too-early')()).rejects.not.toHaveProperty('code');
});
