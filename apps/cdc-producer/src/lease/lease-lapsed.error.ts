import { StreamLostError } from '../change-stream/stream.error.js';

/** The lease ran out before a renewal was answered; another producer may have the stream by now. */
export class LeaseLapsedError extends StreamLostError {
  constructor(stream: string, leaseMs: number, cause: Error | undefined) {
    super(
      'SLUICE-LEASE-LAPSED',
      `the lease of stream "${stream}" ran out: no renewal was answered for ${leaseMs} ms${cause === undefined ? '' : ` (${cause.message})`}.`,
      { cause },
    );
    this.name = 'LeaseLapsedError';
  }
}
