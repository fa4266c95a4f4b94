/**
 * What a step waits for is behind what the prefetch lets it see. The partition's channel is opened again with twice the
 * prefetch; what was delivered comes again, in its order.
 */
export class PrefetchExhaustedError extends Error {
  readonly code = 'SLUICE-PREFETCH-EXHAUSTED';

  constructor(queue: string) {
    super(`a step on ${queue} waits for a delivery behind all those that the prefetch allows`);
    this.name = 'PrefetchExhaustedError';
  }
}
