/** Something was asked that a paused stream cannot do. */
export class StreamPausedError extends Error {
  readonly code = 'SLUICE-STREAM-PAUSED';
  readonly httpStatus = 409;

  constructor(stream: string) {
    super(`stream "${stream}" is paused, so that it cannot be restarted: POST /api/v1/streams/${stream}/resume`);
    this.name = 'StreamPausedError';
  }
}
