import { matchesPattern, type Pattern } from './pattern.js';

/** Their pattern has the stream's name in place of a namespace. */
const OF_THE_STREAM = /^(gap|invalidate)\./;

/** Of events that are about no namespace: a gap, an invalidate. */
export const NO_NAMESPACE = 'none';

/**
 * Sorts events into the namespaces that somebody configured, as a label of metrics must be bounded and collections are
 * not. `topics` are patterns without their operation (`shop.orders`, `shop.#`, `#`); the class is the first that fits,
 * as people write it: `shop.orders`, `shop.*`, `*`.
 */
export function namespaceClasses(topics: readonly string[]): (pattern: Pattern) => string {
  const classes = topics.map((topic) => ({ topic, name: topic.replaceAll('#', '*') }));
  return (pattern) => {
    if (OF_THE_STREAM.test(pattern)) return NO_NAMESPACE;
    const namespace = pattern.slice(pattern.indexOf('.') + 1);
    return classes.find(({ topic }) => matchesPattern(topic, namespace))?.name ?? NO_NAMESPACE;
  };
}
