import { closeSync, openSync, readSync } from 'node:fs';
import { namespaceName, positionKey, type ChangeEvent } from '@sluice/contracts';
import { BSON } from 'mongodb';

/** One event as the handler got it. */
export interface HandledChange {
  readonly event: ChangeEvent;
  readonly operation: string;
  readonly namespace: string;
  /** Canonical Extended JSON of the document's `_id`; empty for an event of no document. */
  readonly key: string;
  readonly id: string;
  readonly position: string;
  readonly redelivered: boolean;
  readonly partition: number;
  /** The consumer's process. */
  readonly pid: number;
}

/** What reached the handlers, over all lives of the consumer. */
export class HandledLedger {
  readonly changes: HandledChange[] = [];
  private readonly ids = new Set<string>();
  private readonly file: number;
  private rest = Buffer.alloc(0);

  /** `path`: where the ledger handler writes; it must exist. */
  constructor(path: string) {
    this.file = openSync(path, 'r');
  }

  close(): void {
    closeSync(this.file);
  }

  /** Number of different events. */
  get distinct(): number {
    this.read();
    return this.ids.size;
  }

  get duplicates(): number {
    this.read();
    return this.changes.length - this.ids.size;
  }

  /** How many different events of each operation. */
  byOperation(): Record<string, number> {
    const first = new Map(this.changes.map((change) => [change.id, change.operation]));
    const counts: Record<string, number> = {};
    for (const operation of first.values()) counts[operation] = (counts[operation] ?? 0) + 1;
    return counts;
  }

  /** Documents whose events came in another order than they were made, repeats left out. */
  disordered(): string[] {
    const seen = new Set<string>();
    const last = new Map<string, string>();
    const wrong = new Set<string>();
    for (const { id, namespace, key, position } of this.changes) {
      if (seen.has(id)) continue;
      seen.add(id);
      const document = `${namespace} ${key}`;
      if ((last.get(document) ?? '') > position) wrong.add(document);
      last.set(document, position);
    }
    return [...wrong];
  }

  /** Takes what the handler has written since. */
  private read(): void {
    const chunk = Buffer.alloc(1 << 20);
    for (let size = readSync(this.file, chunk); size > 0; size = readSync(this.file, chunk)) {
      this.rest = Buffer.concat([this.rest, chunk.subarray(0, size)]);
    }
    const end = this.rest.lastIndexOf(10) + 1;
    const lines = this.rest.subarray(0, end).toString().split('\n');
    this.rest = this.rest.subarray(end);
    for (const line of lines) if (line !== '') this.take(line);
  }

  private take(line: string): void {
    // Written by the ledger handler, whose fields these are.
    const { event, redelivered, partition, pid } = BSON.EJSON.parse(line, { relaxed: false }) as unknown as {
      event: ChangeEvent;
      redelivered: boolean;
      partition: number;
      pid: number;
    };
    const { operation, ns, id, position } = event;
    this.changes.push({
      event,
      operation,
      namespace:
        ns.db === undefined ? '' : namespaceName({ db: ns.db, ...(ns.coll === undefined ? {} : { coll: ns.coll }) }),
      key: 'documentKey' in event ? BSON.EJSON.stringify(event.documentKey._id, { relaxed: false }) : '',
      id,
      position: positionKey(numbersOf(position)),
      redelivered,
      partition: Number(partition),
      pid: Number(pid),
    });
    this.ids.add(id);
  }
}

/** Read back without relaxing, the counts are Int32 objects. */
function numbersOf({ clusterTime, generation, ordinal }: ChangeEvent['position']): ChangeEvent['position'] {
  return { clusterTime, generation: Number(generation), ordinal: Number(ordinal) };
}
