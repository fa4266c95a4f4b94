import { Logger } from '@nestjs/common';
import type { Timestamp } from 'mongodb';
import { Backoff } from '../change-stream/backoff.plan.js';
import { describeTime, gapPlan, lossOf, type Gap } from '../change-stream/gap.plan.js';
import { startAnew } from '../change-stream/position.advice.js';
import type { OplogReader } from '../change-stream/oplog.reader.js';
import { meaningOf } from '../change-stream/read-failure.policy.js';
import { HistoryLostError } from '../change-stream/stream.error.js';
import type { StreamSettings } from '../config/streams-file.schema.js';

/** What a stream does when its history is lost, by `onHistoryLost`: it ends, or goes on behind a gap. */
export class LostHistory {
  private readonly logger: Logger;
  private crossing = false;

  constructor(
    private readonly stream: Pick<StreamSettings, 'name' | 'onHistoryLost'>,
    private readonly oplog: Pick<OplogReader, 'oldest' | 'now'>,
  ) {
    this.logger = new Logger(`stream ${stream.name}`);
  }

  /** Reading has gone on behind the last gap, so that another one would be news and no loop. */
  progressed(): void {
    this.crossing = false;
  }

  /**
   * Resolves where a gap may be told.
   * @throws HistoryLostError by policy, and where nothing could be read since the last gap: it would go on for ever.
   */
  async judge({ cause }: HistoryLostError, reached: Timestamp | null): Promise<void> {
    const { name, onHistoryLost } = this.stream;
    const stop = async (also: string, todo: string) => {
      const oldest = await this.oldest().catch(() => null); // the message does without it where the server is away
      return new HistoryLostError(`${lossOf(name, reached, oldest)}${also}. ${todo}`, { cause });
    };
    if (onHistoryLost === 'fail') throw await stop('', `Set onHistoryLost: gap to ${GO_ON}, or ${startAnew(name)}`);
    if (this.crossing) throw await stop(', and nothing could be read behind the gap that was told', ENLARGE);
    this.crossing = true;
  }

  /**
   * Where reading goes on behind it. Tried again while the server is away: falling back to now would lose what the oplog
   * still has.
   */
  async cross(reached: Timestamp | null, signal: AbortSignal): Promise<Gap> {
    const gap = gapPlan(reached, await this.goOnAt(signal));
    this.logger.warn(
      `changes after ${describeTime(gap.from)} and before ${describeTime(gap.to)} are lost: the oplog no longer has ` +
        'them. Handlers are told by a gap event',
    );
    return gap;
  }

  private async goOnAt(signal: AbortSignal): Promise<Timestamp> {
    const backoff = new Backoff();
    for (;;) {
      signal.throwIfAborted();
      try {
        return (await this.oldest()) ?? (await this.oplog.now());
      } catch (error) {
        this.logger.warn(`where to go on is not known yet: ${String(error)}`);
        await backoff.wait(signal);
      }
    }
  }

  /** Null where the oplog cannot be read, now or ever. */
  private async oldest(): Promise<Timestamp | null> {
    try {
      return await this.oplog.oldest();
    } catch (error) {
      if (error instanceof Error && meaningOf(error) === 'reopen') throw error;
      this.logger.warn(`local.oplog.rs cannot be read (${String(error)}): where it begins is not known`);
      return null;
    }
  }
}

const GO_ON = 'have its handlers told of what is lost and go on from the oldest change there is';
const ENLARGE = 'The oplog rolls faster than it is read: enlarge it (replSetResizeOplog), then resume the stream';
