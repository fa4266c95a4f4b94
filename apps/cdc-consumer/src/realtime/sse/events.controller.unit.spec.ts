import type { IncomingMessage, ServerResponse } from 'node:http';
import { eventually } from '@sluice/testing';
import { expect, it } from 'vitest';
import { aWire, CALLER, theParts } from '../connection/answers.fixture.js';
import { EventsController } from './events.controller.js';

const GET = 'GET /realtime/events HTTP/1.1\r\nHost: push\r\n\r\n';
const QUERY = { namespace: 'shop.orders' };

function aController() {
  const parts = theParts();
  const { entrance, passes, sessions, desk, register } = parts;
  const controller = new EventsController(entrance, passes, sessions, desk);
  const answer = (request: IncomingMessage, response: ServerResponse) =>
    controller.events(request, response, CALLER, QUERY, undefined);
  const placesLeft = () => {
    const places = [];
    try {
      for (;;) places.push(sessions.reserve(CALLER));
    } catch {
      return places.map((place) => place.release()).length;
    }
  };
  return { answer, passes, register, placesLeft };
}

it('streams asked for behind another on one connection are refused, and take nothing that its end would not free', async () => {
  const { answer, register, placesLeft } = aController();
  const { client, socket } = aWire(answer);
  client.write(GET.repeat(3));
  await eventually(() => register.all.size > 0);
  expect([register.all.size, placesLeft()]).toEqual([1, 1]);
  socket.destroy();
  await eventually(() => register.all.size === 0);
  expect(placesLeft()).toBe(2);
});

it('a stream whose client went while it was let in takes nothing', async () => {
  const { answer, register, placesLeft } = aController();
  let isOver = false;
  const { client, socket } = aWire(async (request, response) => {
    socket.destroy();
    await new Promise((resolve) => response.once('close', resolve));
    await answer(request, response);
    isOver = true;
  });
  client.write(GET);
  await eventually(() => isOver);
  expect([register.all.size, placesLeft()]).toEqual([0, 2]);
});

it('a ticket has one stream: who comes back with it ends the one before, and has its place', async () => {
  const { answer, passes, register, placesLeft } = aController();
  const ticketed = (request: IncomingMessage, response: ServerResponse) => {
    passes.note(request, { caller: CALLER, digest: 'ticket', returnKey: 'key' });
    return answer(request, response);
  };
  const wires = Array.from({ length: 5 }, () => aWire(ticketed));
  for (const { client } of wires) client.write(GET);
  await eventually(() => wires.slice(0, 4).every(({ socket }) => socket.destroyed));
  expect([register.all.size, placesLeft(), wires[4]?.socket.destroyed]).toEqual([1, 1, false]);
});
