import { CoveredRuns } from './covered.runs.js';
import { MOST_HEIGHTS } from './feed-cursor.codec.js';
import type { Height } from './height.js';
import { RecentIds } from './recent.ids.js';
import type { StreamedChange, StreamMessage } from './stream-message.js';

/** So many messages before an offset decide what is a repeat there. */
export const LOOK_BACK = 20_000;

/**
 * `new`: it has not been told. `repeat`: it has. `overtaken`: it has not, and newer changes of its stream have, up to
 * `height`; `covered`: that has been told of already.
 */
export type Judgement =
  { readonly is: 'new' | 'repeat' | 'covered' } | { readonly is: 'overtaken'; readonly height: string };

const NEW: Judgement = { is: 'new' };
const REPEAT: Judgement = { is: 'repeat' };
const COVERED: Judgement = { is: 'covered' };

/**
 * Tells what a producer has sent again from what is new. Producers begin again at their watermark after a failure, so
 * that runs of changes come twice; and a change that the stream queue did not take the first time comes behind newer
 * ones. Shown as it comes, it would take a document back to what it was.
 */
export class RepeatJudge {
  private readonly ids: RecentIds;
  /** Replaced, never changed: every entry's cursor holds on to those of its own time. */
  private current: readonly Height[] = [];
  private readonly indexOf = new Map<string, number>();
  private readonly covered = new CoveredRuns();

  constructor(lookBack = LOOK_BACK) {
    this.ids = new RecentIds(lookBack);
  }

  get heights(): readonly Height[] {
    return this.current;
  }

  /** Whether this is the message that was judged at its offset, as far as that is remembered. */
  isSame({ offset, id }: Pick<StreamMessage, 'offset' | 'id'>): boolean {
    return (this.ids.at(offset) ?? '') === id;
  }

  /** Of the messages in their order. */
  judge({ offset, id, change }: StreamMessage): Judgement {
    const isKnown = id !== '' && this.ids.note(offset, id);
    if (change === undefined || isKnown) return REPEAT;
    // It tells of what is not in the stream: its position is no change's, and it is right wherever it stands.
    if (change.operation === 'gap') return NEW;
    const height = this.heightOf(change.stream);
    if (height !== undefined && change.position <= height) {
      const isCovered = this.covered.covers(change.stream, change.topic, change.position);
      return isCovered ? COVERED : { is: 'overtaken', height };
    }
    this.covered.caughtUp(change.stream);
    this.raise(change);
    return NEW;
  }

  private heightOf(stream: string): string | undefined {
    const index = this.indexOf.get(stream);
    return index === undefined ? undefined : this.current[index]?.position;
  }

  private raise({ stream, position }: StreamedChange): void {
    const heights = this.current.slice();
    const index = this.indexOf.get(stream) ?? this.freeIndex();
    const before = heights[index];
    if (before !== undefined && before.stream !== stream) this.indexOf.delete(before.stream);
    heights[index] = { stream, position };
    this.indexOf.set(stream, index);
    this.current = heights;
  }

  /** Where there is no room for another change stream, the one that has been silent for longest gives way. */
  private freeIndex(): number {
    const { current } = this;
    if (current.length < MOST_HEIGHTS) return current.length;
    return current.reduce((lowest, { position }, index) => {
      const found = current[lowest];
      return found === undefined || position < found.position ? index : lowest;
    }, 0);
  }
}
