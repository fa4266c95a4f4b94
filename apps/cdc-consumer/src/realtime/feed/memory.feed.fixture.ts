import { namespaceName, positionKey, type ChangeEvent } from '@sluice/contracts';
import { FeedCursorError } from './feed-cursor.error.js';
import type { FeedEntry, FeedGap } from './feed-entry.js';
import { Feed, type FeedReceiver, type FeedStart } from './feed.js';

const CURSOR = /^c1\.(\d+)$/;

/** A feed without a broker, for tests: what is told is told at once, and nothing else happens by itself. */
export class MemoryFeed extends Feed {
  private readonly entries: FeedEntry[] = [];
  private listener: (entry: FeedEntry) => void = () => undefined;
  private next = 0;
  private kept = 0;

  override get head(): string {
    return cursorOf(this.next - 1);
  }

  /** Entries told so far. */
  get count(): number {
    return this.next;
  }

  override listen(listener: (entry: FeedEntry) => void): void {
    this.listener = listener;
  }

  /** Tells a change, or one whose body cannot be read. */
  tell(change: ChangeEvent, body: 'readable' | 'unreadable' = 'readable'): FeedEntry {
    const { id, stream, operation, ns } = change;
    const namespace = ns.db === undefined ? undefined : namespaceName({ ...ns, db: ns.db });
    const position = positionKey(change.position);
    const event = body === 'readable' ? change : undefined;
    return this.add({ kind: 'event', id, stream, operation, namespace, position, bytes: 100, event, ...this.place() });
  }

  tellGap(gap: FeedGap): FeedEntry {
    return this.add({ kind: 'gap', gap, ...this.place() });
  }

  /** The retention passes: everything that was told so far is gone. */
  forget(): void {
    this.entries.length = 0;
    this.kept = this.next;
  }

  /** Entries come one by one, each behind the promise of the one before. */
  override async replay(from: FeedStart, receiver: FeedReceiver, signal: AbortSignal): Promise<void> {
    let next = this.firstOf(from);
    if (next < this.kept) {
      await receiver.take({ kind: 'gap', offset: this.kept - 1, cursor: cursorOf(this.kept - 1), gap: RETENTION });
      next = this.kept;
    }
    for (; next < this.next; next++) {
      signal.throwIfAborted();
      const entry = this.entries[next - this.kept];
      if (entry !== undefined) await receiver.take(entry);
    }
    signal.throwIfAborted();
    receiver.live();
  }

  private add(entry: FeedEntry): FeedEntry {
    this.entries.push(entry);
    this.listener(entry);
    return entry;
  }

  private place(): { offset: number; cursor: string } {
    const offset = this.next++;
    return { offset, cursor: cursorOf(offset) };
  }

  private firstOf(from: FeedStart): number {
    if (from === 'now') return this.next;
    if ('cursor' in from) {
      const offset = CURSOR.exec(from.cursor)?.[1];
      if (offset === undefined) throw new FeedCursorError();
      return Number(offset);
    }
    const found = this.entries.find((entry) => entry.kind === 'event' && timeOf(entry.position) >= from.time.getTime());
    return found?.offset ?? this.next;
  }
}

const RETENTION: FeedGap = { reason: 'retention', from: null, to: null };

/** Of the place behind an entry: that before the first one is 0. */
function cursorOf(offset: number): string {
  return `c1.${offset + 1}`;
}

function timeOf(position: string): number {
  return Number(position.slice(0, 10)) * 1_000;
}
