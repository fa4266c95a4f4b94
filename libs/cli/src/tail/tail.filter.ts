import {
  BUCKET_KEY_BYTES,
  bindingKeysOf,
  bucketKey,
  CONTROL_OPERATIONS,
  DOCUMENT_OPERATIONS,
  isControlOperation,
  matchesPattern,
  patternsFor,
  type ChangeEvent,
  type Operation,
} from '@sluice/contracts';

export interface TailWish {
  /** As handlers name them: `shop.orders`, `shop.*`; none means all. */
  readonly namespaces: readonly string[];
  readonly operations: readonly Operation[];
  readonly stream?: string | undefined;
}

const ALL: readonly Operation[] = [...DOCUMENT_OPERATIONS, 'read', ...CONTROL_OPERATIONS];
const FIRST_BUCKET = `${bucketKey(0)}.`;

/** Which events are meant, and the binding keys that bring them, with some more where names are too long for a key. */
export class TailFilter {
  readonly bindingKeys: readonly string[];
  private readonly namespaces: readonly string[];
  private readonly operations: readonly Operation[];

  constructor(private readonly wish: TailWish) {
    this.namespaces = wish.namespaces.length === 0 ? ['*'] : wish.namespaces;
    this.operations = wish.operations.length === 0 ? ALL : wish.operations;
    const patterns = this.namespaces.flatMap((namespace) => patternsFor(this.operations, namespace));
    this.bindingKeys = [...new Set(patterns.flatMap((pattern) => bindingKeysOf(pattern, [0]).map(ofAnyBucket)))];
  }

  /** `pattern`: the event's own, from its body. */
  wants(event: ChangeEvent, pattern: string): boolean {
    const { stream } = this.wish;
    if (stream !== undefined && event.stream !== stream) return false;
    if (!this.operations.includes(event.operation)) return false;
    // Told by its stream's name, not by a namespace: it concerns all of them.
    if (event.operation === 'gap' || event.operation === 'invalidate') return true;
    const place = pattern.slice(event.operation.length);
    return this.namespaces.some((namespace) =>
      patternsFor(['insert'], namespace).some((each) => matchesPattern(each, `insert${place}`)),
    );
  }
}

/** A queue of all events needs no binding for each bucket. */
function ofAnyBucket(key: string): string {
  const [operation = ''] = key.split('.');
  return key.startsWith(FIRST_BUCKET) && !isControlOperation(operation) ? `*.${key.slice(BUCKET_KEY_BYTES)}` : key;
}
