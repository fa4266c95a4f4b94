import type { Position } from '@sluice/contracts';

/** An event of a stream on its way through this replica. */
export interface HandledMark {
  /** It is dealt with. `counts`: false for one that says nothing of how far the stream has come. */
  settle(counts: boolean): void;
}

interface Entry {
  readonly position: Position;
  state: 'open' | 'counts' | 'passed';
}

/** Room that may be wasted at the front, so that taking from there costs nothing. */
const COMPACT_AT = 1_024;

/**
 * How far one stream's events have been handled in one partition: to the position before which none is open. Events
 * settle in any order, and a producer that crashed sends the last ones again: then it goes back as well, because those
 * that follow may be other ones than before.
 */
export class HandledPrefix {
  private entries: Entry[] = [];
  private first = 0;
  private position: Position | undefined;

  /** The position of the last event before which none is open. */
  get reached(): Position | undefined {
    return this.position;
  }

  /** The position of the earliest delivery that is open; undefined where none is. */
  get oldestOpen(): Position | undefined {
    return this.entries[this.first]?.position;
  }

  /** Events that it holds in memory: at most twice those that are open, but for some. */
  get held(): number {
    return this.entries.length;
  }

  /** In the order in which the broker delivers. */
  begin(position: Position): HandledMark {
    const entry: Entry = { position, state: 'open' };
    this.entries.push(entry);
    return {
      settle: (counts) => {
        entry.state = counts ? 'counts' : 'passed';
        this.advance();
      },
    };
  }

  private advance(): void {
    for (let next = this.entries[this.first]; next !== undefined && next.state !== 'open';) {
      if (next.state === 'counts') this.position = next.position;
      this.first += 1;
      next = this.entries[this.first];
    }
    if (this.first < COMPACT_AT && this.first < this.entries.length) return;
    this.entries = this.entries.slice(this.first);
    this.first = 0;
  }
}
