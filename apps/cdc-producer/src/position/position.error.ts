/** An operator's change of position that was not made; says what stands in the way and what to do. */
export class PositionError extends Error {
  constructor(
    readonly code: string,
    readonly httpStatus: 409 | 412 | 422 | 428,
    message: string,
  ) {
    super(message);
    this.name = 'PositionError';
  }
}

export function notPaused(stream: string): PositionError {
  return new PositionError(
    'SLUICE-STREAM-NOT-PAUSED',
    409,
    `a position moves only while its stream is paused: POST /api/v1/streams/${stream}/pause, then ask again`,
  );
}

export function stillHeld(stream: string, holder: string, until: Date): PositionError {
  return new PositionError(
    'SLUICE-STREAM-HELD',
    409,
    `stream "${stream}" is paused, but ${holder} has not let go of it yet, and holds it until ${until.toISOString()} at most; ask again then`,
  );
}

export function changedMeanwhile(stream: string, etag: string): PositionError {
  return new PositionError(
    'SLUICE-POSITION-CHANGED',
    412,
    `the position of stream "${stream}" is not the one that If-Match names (it is ${etag} now): look at it again, and decide anew`,
  );
}

export function ifMatchMissing(stream: string, etag: string): PositionError {
  return new PositionError(
    'SLUICE-IF-MATCH-MISSING',
    428,
    'the header If-Match is missing: it names the position that you looked at, so that no change made since is ' +
      `overwritten; send the ETag of GET /api/v1/streams/${stream}/position, which is ${etag} now, or * for any position`,
  );
}

export function refused(stream: string, why: string): PositionError {
  return new PositionError('SLUICE-POSITION-REFUSED', 422, `the position of stream "${stream}" was not set: ${why}`);
}
