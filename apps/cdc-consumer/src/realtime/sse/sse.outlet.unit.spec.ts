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
