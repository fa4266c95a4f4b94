import { bucketKey } from './bucket.js';

/** `<bucket>.<pattern>` for a change of a document, the bare pattern for a control event. */
export function routingKeyOf(bucket: number | undefined, pattern: string): string {
  return bucket === undefined ? pattern : `${bucketKey(bucket)}.${pattern}`;
}

/** The AMQP binding keys that bring a group's pattern to a queue with these buckets. */
export function bindingKeysOf(pattern: string, buckets: readonly number[]): string[] {
  return buckets.map((bucket) => `${bucketKey(bucket)}.${pattern}`);
}
