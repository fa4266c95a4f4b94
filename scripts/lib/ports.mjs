import { createServer } from 'node:net';
import { tryLock } from './lock.mjs';

const CANDIDATES = 200;

function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    // Every interface, because a listener on 0.0.0.0 or :: takes the loopback port too.
    server.listen({ port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}

/**
 * The preferred port, or the next free one. It is kept for this process until it ends, so that two runs starting side
 * by side never choose the same one between looking and listening.
 */
export async function reservePort(preferred) {
  for (let port = preferred; port < preferred + CANDIDATES; port += 1) {
    const reservation = await tryLock(`port ${port}`);
    if (!reservation) continue;
    if (await isFree(port)) return port;
    await reservation.release();
  }
  throw new Error(`No free port between ${preferred} and ${preferred + CANDIDATES - 1}.`);
}
