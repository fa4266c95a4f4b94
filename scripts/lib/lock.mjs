import { createHash } from 'node:crypto';
import { createServer } from 'node:net';
import { pause } from './abort.mjs';

/**
 * A lock that belongs to a process: an abstract Unix socket (a name without a file, Linux only). The kernel hands it
 * back the moment its holder ends, `kill -9` included, so there is never a stale lock to judge.
 * Answers undefined while somebody else holds it.
 */
export function tryLock(name) {
  const digest = createHash('sha256').update(name).digest('hex').slice(0, 32);
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (error) => (error.code === 'EADDRINUSE' ? resolve(undefined) : reject(error)));
    server.listen(`\0sluice-${digest}`, () => {
      server.unref();
      resolve({ release: () => new Promise((done) => server.close(done)) });
    });
  });
}

/** Runs `work` while holding the lock; `onWait` is called once if another process holds it. */
export async function whileHolding(name, { onWait, signal }, work) {
  let lock = await tryLock(name);
  if (!lock) onWait?.();
  while (!lock) {
    await pause(200, signal);
    lock = await tryLock(name);
  }
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
