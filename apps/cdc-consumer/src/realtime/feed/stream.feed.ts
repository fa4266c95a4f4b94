import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { reopenDelayMs } from '@sluice/messaging';
import { decodeCursor } from './feed-cursor.codec.js';
import type { FeedEntry } from './feed-entry.js';
import { ReceiverProgress, type ProgressStart } from './receiver.progress.js';
import { Feed, type FeedReceiver, type FeedStart } from './feed.js';
import type { FeedReaders } from './feed.readers.js';
import type { FeedTail } from './feed.tail.js';
import type { TimeSeek } from './time.seek.js';

/** Entries that a receiver takes at once from memory, before others have their turn. */
const AT_ONCE = 256;

export interface StreamFeedParts {
  readonly queue: string;
  readonly tail: FeedTail;
  readonly readers: FeedReaders;
  readonly times: TimeSeek;
}

/** The feed from a stream queue: a tail for what is new, readers for those who are further behind than memory. */
export class StreamFeed extends Feed {
  constructor(private readonly parts: StreamFeedParts) {
    super();
  }

  override get head(): string | undefined {
    return this.parts.tail.newest?.place.cursor;
  }

  override listen(listener: (entry: FeedEntry) => void): void {
    this.parts.tail.listen(listener);
  }

  override async replay(from: FeedStart, receiver: FeedReceiver, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { queue, tail } = this.parts;
    const start = await this.startOf(from, signal);
    await tail.begun(signal);
    await this.follow(new ReceiverProgress(queue, receiver, start, tail.birth), signal);
  }

  private async startOf(from: FeedStart, signal: AbortSignal): Promise<ProgressStart> {
    const { queue, tail, times } = this.parts;
    if (from === 'now') {
      await tail.begun(signal);
      return { offset: tail.newest?.place.offset ?? -1, identity: undefined };
    }
    if ('time' in from) return times.startOf(from.time, signal);
    const cursor = decodeCursor(from.cursor);
    if (cursor.isOf(queue)) return cursor;
    return { offset: -1, identity: undefined, owed: { reason: 'stream', from: null } };
  }

  /** From wherever it stands to the newest entry. */
  private async follow(progress: ReceiverProgress, signal: AbortSignal): Promise<void> {
    const { tail, readers } = this.parts;
    for (;;) {
      await tail.begun(signal);
      if (!progress.isOf(tail.birth)) progress.renewed(tail.birth);
      const relation = tail.memory.relationOf(progress);
      if (relation === 'other') progress.renewed(tail.birth);
      else if (relation === 'behind' && progress.hasRead) await tail.reached(progress.offset, signal);
      else if (relation === 'behind') await this.whetherAhead(progress, signal);
      else if (relation === 'before') await readers.catchUp(progress, signal);
      else if (await this.fromMemory(progress, signal)) return;
    }
  }

  /** Another replica may have been quicker; or the place is one of a stream queue that was longer than this one is. */
  private async whetherAhead(progress: ReceiverProgress, signal: AbortSignal): Promise<void> {
    const { tail } = this.parts;
    for (let attempt = 0; ; attempt++) {
      try {
        await tail.reachEnd(signal);
        break;
      } catch {
        signal.throwIfAborted();
        await sleep(reopenDelayMs(attempt), undefined, { signal }); // the broker is away: the tail says so
      }
    }
    if (tail.memory.relationOf(progress) === 'behind' && tail.newest !== undefined) progress.renewed(tail.birth);
  }

  /** True: it is live. False: it took so long that its place has left memory. */
  private async fromMemory(progress: ReceiverProgress, signal: AbortSignal): Promise<boolean> {
    const { tail } = this.parts;
    const { birth } = tail;
    progress.verified(birth);
    progress.handedOver();
    for (let count = 1; ; count++) {
      signal.throwIfAborted();
      if (birth !== tail.birth || tail.memory.relationOf(progress) !== 'inside') return false;
      const slot = tail.memory.after(progress.offset);
      if (slot === undefined && !progress.isOwed) break;
      const taken = slot === undefined ? this.settle(progress) : progress.give(slot);
      if (taken !== undefined) await taken;
      else if (count % AT_ONCE === 0) await nextTurn();
    }
    progress.live();
    return true;
  }

  private settle(progress: ReceiverProgress): void | Promise<void> {
    const { newest } = this.parts.tail;
    if (newest !== undefined) return progress.settle(newest);
  }
}
