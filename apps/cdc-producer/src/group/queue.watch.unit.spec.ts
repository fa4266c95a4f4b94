import { EventEmitter, once } from 'node:events';
import type { ConfirmedRmqClient } from '@sluice/messaging';
import { expect, it, onTestFinished } from 'vitest';
import type { GroupDirectory } from './group.directory.js';
import { QueueWatch } from './queue.watch.js';

/** A channel on which every queue is there, and whose close the broker does not answer. */
class Channel extends EventEmitter {
  readonly checked: string[] = [];

  checkQueue(queue: string): Promise<void> {
    this.checked.push(queue);
    return Promise.resolve();
  }
  close(): Promise<never> {
    this.emit('closing');
    return new Promise(() => undefined);
  }
}

it('what a check found on a connection that was lost meanwhile does not let publishing go on', async () => {
  const channel = new Channel();
  const connection = Object.assign(new EventEmitter(), {
    isConnected: () => true,
    openChannel: () => Promise.resolve(channel),
  });
  const groups = {
    isRead: true,
    groups: [{ _id: 'search', state: 'bound', queues: ['search.1.0'], next: null }],
    onChange: () => () => undefined,
  };
  // What the watch uses of the two.
  const watch = new QueueWatch({ connection } as unknown as ConfirmedRmqClient, groups as unknown as GroupDirectory);
  watch.onApplicationBootstrap();
  onTestFinished(() => watch.onModuleDestroy());
  const closing = once(channel, 'closing');
  connection.emit('connected');
  await closing;
  expect(channel.checked).toEqual(['search.1.0']);
  connection.emit('disconnected', undefined);
  channel.emit('close');
  await new Promise(setImmediate);
  expect(watch.missing).toBe('unknown');
});
