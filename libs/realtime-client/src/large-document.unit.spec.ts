import { createServer } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { largeDocument } from './large-document.js';

const asked: (string | undefined)[] = [];
const server = createServer(({ url }, response) => {
  asked.push(url);
  response.statusCode = url?.includes('gone') ? 404 : url?.includes('busy') ? 503 : 200;
  response.end(JSON.stringify({ documentKey: { _id: 1 }, fullDocument: { total: 7 } }));
});
let url: string;
beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/realtime`;
});
afterAll(() => void server.close());

it('a large document is fetched from where its event says, with a ticket where there are tickets', async () => {
  expect(await largeDocument(url, '/realtime/documents/shop.orders?_id=1', undefined)).toEqual({ total: 7 });
  await largeDocument(url, '/realtime/documents/shop.orders?_id=1', () => Promise.resolve('a-ticket'));
  expect(asked).toEqual([
    '/realtime/documents/shop.orders?_id=1',
    '/realtime/documents/shop.orders?_id=1&ticket=a-ticket',
  ]);
});

it('one that is gone is null, one that cannot be had now a failure', async () => {
  expect(await largeDocument(url, '/gone', undefined)).toBeNull();
  await expect(largeDocument(url, '/busy', undefined)).rejects.toThrow('/busy answers 503');
});
