import type { LogLine } from './app.process.js';

/** One line that the sample handler wrote. */
export interface HandledChange {
  readonly operation: string;
  readonly namespace: string;
  readonly key: string;
  readonly id: string;
  readonly position: string;
  readonly redelivered: boolean;
}

/** What reached the handlers, over all lives of the consumer. */
export class HandledLedger {
  readonly changes: HandledChange[] = [];
  private readonly ids = new Set<string>();

  take(line: LogLine): void {
    if (line.msg !== 'change handled') return;
    const change = line as unknown as HandledChange; // written by ShowChanges, whose fields these are
    this.changes.push(change);
    this.ids.add(change.id);
  }

  /** Number of different events. */
  get distinct(): number {
    return this.ids.size;
  }

  get duplicates(): number {
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
}
