import { documentOf, type RawChange } from '@sluice/contracts';
import type { ChangeStreamSource, ChangeBatch } from '../change-stream/change-stream.source.js';
import type { CheckpointMark, CheckpointWriter } from '../checkpoint/checkpoint.writer.js';
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
  private mark: CheckpointMark | undefined;
  private isReady = false;

  constructor(private readonly parts: RelayParts) {
    this.ordinals = new OrdinalCounter(parts.plan.generation, parts.plan.last);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { source, plan } = this.parts;
    for await (const batch of source.batches(plan.start, signal)) {
      for (const change of batch.changes) await this.publish(change, signal);
      this.readTo(batch);
      if (!this.isReady) await this.becomeReady();
    }
  }

  private async publish(change: RawChange, signal: AbortSignal): Promise<void> {
    const { mapper, publisher, captured } = this.parts;
    const position = this.ordinals.next(change.clusterTime);
    const { clusterTime, resumeToken } = change;
    this.mark = { last: position, readTo: () => ({ token: documentOf(resumeToken), time: clusterTime }) };
    captured(1);
    await publisher.publish(mapper.messageOf(change, position), this.mark, signal); // waits while the window is full
  }

  /** Also moves an idle stream, so that its token never ages out of the oplog. */
  private readTo({ resumeToken }: ChangeBatch): void {
    if (resumeToken === undefined) return;
    this.mark = {
      last: this.mark?.last ?? this.parts.plan.last,
      readTo: () => ({ token: resumeToken, time: tokenTime(resumeToken) }),
    };
    this.parts.publisher.readTo(this.mark);
  }

  private async becomeReady(): Promise<void> {
    await this.parts.writer.flush();
    this.isReady = true;
    this.parts.ready();
  }
}
