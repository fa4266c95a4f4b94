/** The operations of the demonstration, in the order in which they are shown. */
export const OPERATIONS = ['insert', 'update', 'replace', 'delete'];

/**
 * What was written and what the handlers saw of it. A change is named by operation, namespace and document key, the
 * same on both sides; several changes of that name are counted.
 */
export class Ledger {
  #changes = new Map();
  #unexpected = [];
  #latencies = [];
  #written = 0;
  #seen = 0;
  #firstSentAt;
  #lastSeenAt;

  /** To be called before the write is sent, as its event may be handled before the write is acknowledged. */
  sent(operation, namespace, key) {
    const now = performance.now();
    this.#firstSentAt ??= now;
    const change = this.#changes.get(nameOf(operation, namespace, key));
    if (change) {
      change.written += 1;
      change.sentAt.push(now);
    } else {
      this.#changes.set(nameOf(operation, namespace, key), { operation, written: 1, seen: 0, sentAt: [now] });
    }
    this.#written += 1;
  }

  /** A handler's line; answers how many milliseconds the change was on its way, or why that is not known. */
  seen({ operation, namespace, key }) {
    const now = performance.now();
    this.#seen += 1;
    this.#lastSeenAt = now;
    const change = this.#changes.get(nameOf(operation, namespace, key));
    if (!change) {
      this.#unexpected.push(nameOf(operation, namespace, key));
      return 'yours'; // written by somebody else
    }
    const sentAt = change.sentAt[change.seen];
    change.seen += 1;
    if (sentAt === undefined) return 'again';
    this.#latencies.push(now - sentAt);
    return now - sentAt;
  }

  get written() {
    return this.#written;
  }

  /** Lines of the handlers so far, repeats included: grows as long as anything moves. */
  get seenInAll() {
    return this.#seen;
  }

  get unexpected() {
    return this.#unexpected;
  }

  get handled() {
    return this.#latencies.length;
  }

  /** Written, handled, duplicates and missing, by operation. */
  byOperation() {
    const rows = new Map(
      OPERATIONS.map((operation) => [operation, { written: 0, handled: 0, duplicates: 0, missing: 0 }]),
    );
    for (const { operation, written, seen } of this.#changes.values()) {
      const row = rows.get(operation);
      row.written += written;
      row.handled += Math.min(seen, written);
      row.duplicates += Math.max(0, seen - written);
      row.missing += Math.max(0, written - seen);
    }
    return rows;
  }

  /** Milliseconds from sending a write to the handler's line about it; `from`: without the changes handled before. */
  latency(share, from = 0) {
    const sorted = this.#latencies.slice(from).sort((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))];
  }

  /** Milliseconds from the first write to the last line of a handler. */
  get duration() {
    return this.#lastSeenAt === undefined ? 0 : this.#lastSeenAt - this.#firstSentAt;
  }
}

function nameOf(operation, namespace, key) {
  return `${operation} ${namespace} ${key}`;
}
