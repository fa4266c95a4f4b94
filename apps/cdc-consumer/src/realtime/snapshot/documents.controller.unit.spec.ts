import type { IncomingMessage, ServerResponse } from 'node:http';
import { eventually } from '@sluice/testing';
import { afterEach, expect, it, vi } from 'vitest';
import { aWire, CALLER, theParts } from '../connection/answers.fixture.js';
import { DocumentsController } from './documents.controller.js';

afterEach(() => void vi.useRealTimers());

const GET = 'GET /realtime/documents/shop.orders?_id=1 HTTP/1.1\r\nHost: push\r\n\r\n';

function aController() {
  const { entrance, access, documents, sessions, limits } = theParts();
  const controller = new DocumentsController(entrance, access, documents, sessions, limits);
  const find = vi.spyOn(documents, 'find');
  const answer = (request: IncomingMessage, response: ServerResponse) =>
    controller.document(request, response, CALLER, 'shop.orders', { _id: '1' });
  return { answer, find, limits };
}

/** Asks, and reads nothing but the status. */
async function ask(answer: ReturnType<typeof aController>['answer']) {
  const wire = aWire(answer);
  wire.client.write(GET);
  const status = await new Promise<string>((resolve) =>
    wire.client.once('data', (head: Buffer) => {
      wire.client.pause();
      resolve(head.subarray(9, 12).toString());
    }),
  );
  return { ...wire, status };
}

it('documents that nobody reads count against the connections of their token, and more are refused', async () => {
  const { answer, find } = aController();
  const [first, second, third] = [await ask(answer), await ask(answer), await ask(answer)];
  expect([first.status, second.status, third.status]).toEqual(['200', '200', '429']);
  expect(find).toHaveBeenCalledTimes(2);
  first.socket.destroy();
  await eventually(async () => (await ask(answer)).status === '200');
  second.client.resume();
  await eventually(async () => (await ask(answer)).status === '200');
});

it('a document that is not read in the time of a slow client is cut off; which is longer for a large one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  const { answer, limits } = aController();
  const { socket } = await ask(answer);
  const eightSecondsWorth = 1_048_576 / 131_072;
  vi.advanceTimersByTime(2 * limits.heartbeatMs + eightSecondsWorth * 1_000 - 1_000);
  expect(socket.destroyed).toBe(false);
  vi.advanceTimersByTime(2_000);
  expect(socket.destroyed).toBe(true);
});

it('documents asked for behind another on one connection are refused, before they are read', async () => {
  const { answer, find } = aController();
  const { client } = aWire(answer);
  client.write(GET.repeat(3));
  let text = '';
  client.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  await eventually(() => text.match(/HTTP\/1.1 (\d+)/g)?.length === 3);
  expect(text.match(/(?<=HTTP\/1.1 )\d+/g)).toEqual(['200', '409', '409']);
  expect(find).toHaveBeenCalledTimes(1);
});
