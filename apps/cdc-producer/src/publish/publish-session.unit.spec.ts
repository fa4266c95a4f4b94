import type { ConfirmedRmqClient, OutgoingMessage, SessionListener } from '@sluice/messaging';
import { expect, it, onTestFinished } from 'vitest';
import { message } from './change-message.fixture.spec.js';
import { PublishSession } from './publish-session.js';
import { PublishWindow } from './publish-window.js';

/** A session on a channel whose buffer is full after so many messages; what the broker has confirmed once is behind it. */
async function sessionThatHolds(room: number) {
  const window = new PublishWindow<string>();
  const sent: string[] = [];
  let isRunning = true;
  let free = Infinity;
  let listener: SessionListener | undefined;
  const channel = {
    isOpen: true,
    get isBackedUp() {
      return free <= 0;
    },
    send: ({ properties }: OutgoingMessage) => {
      free -= 1;
      return sent.push(String(properties.messageId));
    },
    close: () => Promise.resolve(),
  };
  const client = {
    openSession: (given: SessionListener) => {
      listener = given;
      return Promise.resolve(channel);
    },
  } as unknown as ConfirmedRmqClient; // the session asks for nothing else
  const session = await PublishSession.open(
    client,
    window,
    { confirmTimeoutMs: 60_000, exchange: 'x' },
    {
      mayRun: () => isRunning,
      published: () => undefined,
      confirmed: () => undefined,
      settled: () => undefined,
      mustPark: () => false,
      park: () => undefined,
      isNobodys: () => false,
    },
    new AbortController().signal,
  );
  onTestFinished(() => session.settle(AbortSignal.abort()));
  const offer = (...ids: string[]) => {
    for (const id of ids) window.add({ ...message(id), properties: { messageId: id } }, id);
    session.flush();
  };
  offer('first');
  listener?.settled(1, false, true); // one message is in flight until the first confirm
  free = room;
  return {
    sent,
    offer,
    confirm: (tag: number) => listener?.settled(tag, true, true),
    drain: () => {
      free = room;
      listener?.drained?.();
    },
    run: (may: boolean) => (isRunning = may),
    flush: () => session.flush(),
  };
}

it('sends no more than the channel takes, and the rest in order once it has drained', async () => {
  const { sent, offer, drain, confirm } = await sessionThatHolds(2);
  offer('a', 'b', 'c', 'd', 'e');
  expect(sent).toEqual(['first', 'a', 'b']);
  confirm(3);
  offer('f');
  expect(sent, 'a confirm and a new message make no room').toEqual(['first', 'a', 'b']);
  drain();
  expect(sent).toEqual(['first', 'a', 'b', 'c', 'd']);
  drain();
  expect(sent).toEqual(['first', 'a', 'b', 'c', 'd', 'e', 'f']);
});

it('a channel that drains while nothing may be sent is used again when it may', async () => {
  const { sent, offer, drain, run, flush } = await sessionThatHolds(1);
  offer('a', 'b');
  run(false);
  drain();
  expect(sent).toEqual(['first', 'a']);
  run(true);
  flush();
  expect(sent).toEqual(['first', 'a', 'b']);
});
