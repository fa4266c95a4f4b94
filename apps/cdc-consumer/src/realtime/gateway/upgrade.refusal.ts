import type { Duplex } from 'node:stream';
import { REALTIME_PATHS } from '@sluice/contracts';
import { problemOf, wholeAnswer } from '@sluice/platform';

/** An upgrade that nothing is served for. */
export class UpgradeUnknownError extends Error {
  readonly code = 'SLUICE-PATH-UNKNOWN';
  readonly httpStatus = 404;

  constructor() {
    super(`no WebSocket is served there; allowed: ${REALTIME_PATHS.socket}`);
    this.name = 'UpgradeUnknownError';
  }
}

/** Answers a request for an upgrade as any other request that is refused: problem details, and then the end. */
export function refuseUpgrade(socket: Duplex, error: unknown): void {
  if (!socket.writable) return void socket.destroy();
  socket.end(wholeAnswer(problemOf(error)));
}
