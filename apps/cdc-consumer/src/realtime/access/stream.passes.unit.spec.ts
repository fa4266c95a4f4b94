import { IncomingMessage } from 'node:http';
import { Socket } from 'node:net';
import { Caller } from '@sluice/platform';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RETURN_MS } from './stream-pass.js';
import { StreamPasses } from './stream.passes.js';
import { TicketStore } from './ticket.store.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

class KeptTickets extends TicketStore {
  readonly kept = new Map<string, Date>();
  isAway = false;
  override add = () => Promise.resolve();
  override find = () => Promise.resolve(undefined);
  override take = () => Promise.resolve(undefined);
  override begin = () => Promise.resolve(undefined);
  override comeBack = () => Promise.resolve(undefined);
  override keep = (digests: readonly string[], until: Date) => {
    if (this.isAway) return Promise.reject(new Error('no primary'));
    for (const digest of digests) this.kept.set(digest, until);
    return Promise.resolve();
  };
}

const never = () => expect.fail('nothing takes its place');

function aRequest(passes: StreamPasses, digest: string): IncomingMessage {
  const request = new IncomingMessage(new Socket());
  passes.note(request, { caller: new Caller('subscriber', 'page'), digest, returnKey: 'key' });
  return request;
}

it('tickets of open streams are kept for as long as those are open, also behind a time without the database, and no longer', async () => {
  const store = new KeptTickets();
  const passes = new StreamPasses(store);
  passes.onModuleInit();
  const [open, gone] = ['open', 'gone', 'never opened'].map((digest) => aRequest(passes, digest)) as [
    IncomingMessage,
    IncomingMessage,
  ];
  expect(passes.hold(new IncomingMessage(new Socket()), never)).toBe(undefined);
  passes.hold(open, never);
  const pass = passes.hold(gone, never);
  store.isAway = true;
  await vi.advanceTimersByTimeAsync(RETURN_MS / 2);
  store.isAway = false;
  passes.release(pass);
  for (let periods = 0; periods < 5; periods += 1) {
    await vi.advanceTimersByTimeAsync(RETURN_MS);
    const left = (store.kept.get('open')?.getTime() ?? 0) - Date.now();
    expect(left).toBeGreaterThan(RETURN_MS / 2);
  }
  expect([...store.kept.keys()]).toEqual(['open']);
  passes.onApplicationShutdown();
});

it('a ticket has one stream: the next gives the one before up, whose end then leaves the ticket kept', async () => {
  const store = new KeptTickets();
  const passes = new StreamPasses(store);
  passes.onModuleInit();
  const givenUp: string[] = [];
  const first = passes.hold(aRequest(passes, 'ticket'), () => givenUp.push('first'));
  passes.hold(aRequest(passes, 'another'), () => givenUp.push('another'));
  passes.hold(aRequest(passes, 'ticket'), () => givenUp.push('second'));
  passes.release(first);
  expect(givenUp).toEqual(['first']);
  await vi.advanceTimersByTimeAsync(RETURN_MS);
  expect([...store.kept.keys()].sort()).toEqual(['another', 'ticket']);
  passes.onApplicationShutdown();
});
