import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request that was sent behind another one on its connection, before that was answered. */
export class RequestPipelinedError extends Error {
  readonly code = 'SLUICE-REALTIME-PIPELINED';
  readonly httpStatus = 409;

  constructor() {
    super(
      'another request of this connection is being answered; allowed: one at a time, others on connections of their own',
    );
    this.name = 'RequestPipelinedError';
  }
}

/**
 * Refuses a request whose answer has to wait for another one of its connection: behind a stream for ever, and Node.js
 * tells it nothing of the client's going. What it had taken would be taken until a restart.
 * @throws RequestPipelinedError
 */
export function refusePipelined({ socket }: ServerResponse): void {
  if (socket === null) throw new RequestPipelinedError();
}

/** Calls `over` once the answer was taken, or its client has gone; at once where it went already. */
export function whenOver({ socket }: IncomingMessage, response: ServerResponse, over: () => void): void {
  if (response.destroyed) return over();
  const end = (): void => {
    response.off('close', end);
    socket.off('close', end); // a connection has many answers, one after the other
    over();
  };
  response.once('close', end);
  socket.once('close', end);
}

/** Cuts an answer off that its client does not read in time. */
export function cutAfter(ms: number, response: ServerResponse): void {
  const timer = setTimeout(() => response.destroy(), ms).unref();
  response.once('close', () => clearTimeout(timer));
}
