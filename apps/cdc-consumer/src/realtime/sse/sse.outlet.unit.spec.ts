import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import { Caller } from '@sluice/platform';
import { expect, it, vi } from 'vitest';
import { RealtimeConnection } from '../connection/realtime.connection.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import { SseOutlet } from './sse.outlet.js';

it('whose subscription has ended is written nothing more, however long its end takes to be read', async () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const errors: unknown[] = [];
  response.on('error', (error) => errors.push(error)); // nobody listens in the app: there it would end the process
  const outlet = new SseOutlet(response);
  const counters = new RealtimeCounters();
  const connection = new RealtimeConnection(outlet, new Caller('subscriber', 'page'), { bufferBytes: 1_024 }, counters);
  outlet.begin();
  const end = vi.spyOn(response, 'end');
  connection.tellAll({ type: 'error', id: 'events', code: 'SLUICE-REALTIME-UNAVAILABLE', message: 'not now' });
  connection.noteEmpty();
  expect([response.writableEnded, connection.isOpen]).toEqual([true, false]); // so that its next heartbeat destroys it
  expect(end, 'so that its browser does not ask again every second').toHaveBeenCalledWith('retry: 30000\n\n');
  connection.tellAll({ type: 'heartbeat', cursors: {} });
  await new Promise((resolve) => setImmediate(resolve));
  expect(errors).toEqual([]);
});

it.each([
  [0, 1_000],
  [0.5, 3_000],
  [0.999_999, 5_000],
])('a browser comes back after a time of its own, so that not all come at once (%s: %s ms)', (random, ms) => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const write = vi.spyOn(response, 'write');
  new SseOutlet(response, undefined, () => random).begin();
  expect(write).toHaveBeenCalledWith(`retry: ${ms}\n\n`);
});

it('tells how much of what was written its client has taken, so that a slow one is not taken for gone', () => {
  const response = new ServerResponse(new IncomingMessage(new Socket()));
  const outlet = new SseOutlet(response);
  expect(outlet.takenBytes).toBe(0);
  const socket = Object.defineProperty(new Socket(), 'bytesWritten', { value: 700 });
  response.assignSocket(socket);
  expect(outlet.takenBytes).toBe(700);
});
