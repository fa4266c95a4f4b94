import { documentOf, type Position, type RawChange } from '@sluice/contracts';
import type { Document, Timestamp } from 'mongodb';
import type { ChangeStreamSource, ChangeBatch } from '../change-stream/change-stream.source.js';
import type { CheckpointMark, CheckpointWriter } from '../checkpoint/checkpoint.writer.js';
import type { StartPoint } from '../change-stream/start.plan.js';
import type { ReadTo } from '../checkpoint/checkpoint.js';
import type { ResumePlan } from '../checkpoint/resume.plan.js';
import { tokenTime } from '../checkpoint/token-time.mapper.js';
import type { StreamPublisher } from '../publish/stream.publisher.js';
import type { ChangeMessageMapper } from './change-message.mapper.js';
import { OrdinalCounter } from './ordinal.counter.js';

/** What one run of a stream is put together from. */
export interface RelayParts {
  readonly source: ChangeStreamSource;
  readonly mapper: ChangeMessageMapper;
  readonly publisher: StreamPublisher<CheckpointMark>;
  readonly writer: CheckpointWriter;
  readonly plan: ResumePlan;
  readonly captured: (changes: number) => void;
  /** The stream's first position is saved: from here on a kill loses nothing. */
  readonly ready: () => void;
}

/** Carries one stream's changes from MongoDB to RabbitMQ until the signal fires. */
export class StreamRelay {
  private readonly ordinals: OrdinalCounter;
  private last: Position | null;
  /** Everything up to here has been read; a token of unknown layout hides its own time. */
  private readUpTo: Timestamp | null;
  private isReady = false;

  constructor(private readonly parts: RelayParts) {
    const { generation, last, start } = parts.plan;
    this.ordinals = new OrdinalCounter(generation, last);
    this.last = last;
    this.readUpTo = start.kind === 'at' ? start.time : (last?.clusterTime ?? null);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { source, plan } = this.parts;
    for await (const batch of source.batches(plan.start, signal)) {
      if (!this.isReady) await this.begin(batch, signal);
      for (const change of batch.changes) await this.publish(change, signal);
      this.readTo(batch);
    }
  }

  /**
   * Saves where a new stream or pipeline begins before anything of it is published: a kill before its first confirmed
   * event would otherwise begin later the next time.
   */
  private async begin({ changes, resumeToken, operationTime }: ChangeBatch, signal: AbortSignal): Promise<void> {
    const { plan, writer, ready } = this.parts;
    if (plan.start.kind === 'now') this.readUpTo = operationTime ?? null;
    if (plan.why !== 'saved position') {
      const token = changes.length === 0 ? resumeToken : startToken(plan.start);
      this.mark({ token: token ?? null, time: this.readUpTo });
      await writer.savedAll(signal);
      signal.throwIfAborted();
    }
    this.isReady = true;
    ready();
  }

  private async publish(change: RawChange, signal: AbortSignal): Promise<void> {
    const { mapper, publisher, captured } = this.parts;
    const { clusterTime, resumeToken } = change;
    this.last = this.ordinals.next(clusterTime);
    this.readUpTo = clusterTime;
    const mark = { last: this.last, readTo: () => ({ token: documentOf(resumeToken), time: clusterTime }) };
    captured(1);
    await publisher.publish(mapper.messageOf(change, this.last), mark, signal); // waits while the window is full
  }

  /** Also moves an idle stream, so that its token never ages out of the oplog. */
  private readTo({ resumeToken }: ChangeBatch): void {
    if (resumeToken === undefined) return;
    this.readUpTo = tokenTime(resumeToken) ?? this.readUpTo;
    this.mark({ token: resumeToken, time: this.readUpTo });
  }

  private mark(readTo: ReadTo): void {
    this.parts.publisher.readTo({ last: this.last, readTo: () => readTo });
  }
}

function startToken(start: StartPoint): Document | undefined {
  return start.kind === 'after' ? start.token : undefined;
}
