/** AMQP has sixteen bits for it. */
const LARGEST_PREFETCH = 65_535;

/** The next larger one; in the end without bound: whoever has to see further would wait for ever. */
export function largerPrefetch(prefetch: number): number {
  return prefetch * 2 > LARGEST_PREFETCH ? Number.POSITIVE_INFINITY : prefetch * 2;
}

/** As AMQP says it: 0 is "without bound" (https://www.rabbitmq.com/docs/consumer-prefetch). */
export function wirePrefetch(prefetch: number): number {
  return Number.isFinite(prefetch) ? prefetch : 0;
}
