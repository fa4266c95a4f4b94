/** How long, and how much, a stream queue keeps; whichever is reached first. */
export interface StreamRetention {
  /** In RabbitMQ's own units: `1h`, `7D`. */
  readonly age: string;
  readonly bytes: number;
}

/**
 * RabbitMQ gives up whole segments, never the one that it writes, and makes them 500 MB unless told otherwise: a small
 * stream would keep what is days old. https://www.rabbitmq.com/docs/streams#retention
 */
const SEGMENTS = 16;
const SMALLEST_SEGMENT = 4_096;
const LARGEST_SEGMENT = 500_000_000;

/** How a stream queue looks. */
export function streamQueueArguments({ age, bytes }: StreamRetention) {
  const segment = Math.min(Math.max(Math.floor(bytes / SEGMENTS), SMALLEST_SEGMENT), LARGEST_SEGMENT);
  return {
    'x-queue-type': 'stream',
    'x-max-age': age,
    'x-max-length-bytes': bytes,
    'x-stream-max-segment-size-bytes': segment,
  } as const;
}
