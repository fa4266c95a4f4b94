import { documentOf, type Position, type RawChange } from '@sluice/contracts';
import type { Document, Timestamp } from 'mongodb';
import type { ChangeStreamSource, ChangeBatch } from '../change-stream/change-stream.source.js';
import type { StartPoint } from '../change-stream/start.plan.js';
import { HistoryLostError } from '../change-stream/stream.error.js';
import type { ReadTo } from '../checkpoint/checkpoint.js';
import type { CheckpointMark, CheckpointWriter } from '../checkpoint/checkpoint.writer.js';
import type { ResumePlan } from '../checkpoint/resume.plan.js';
import { tokenTime } from '../checkpoint/token-time.mapper.js';
import type { ChangeMessage } from '../publish/change-message.js';
import type { StreamPublisher } from '../publish/stream.publisher.js';
import type { ChangeMessageMapper } from './change-message.mapper.js';
import type { EventTracer } from './event.tracer.js';
import type { LostHistory } from './lost-history.js';
import type { MessageFitter } from './message.fitter.js';
import { OrdinalCounter } from './ordinal.counter.js';

/** What one run of a stream is put together from. */
export interface RelayParts {
  readonly source: ChangeStreamSource;
  readonly mapper: ChangeMessageMapper;
  readonly fitter: Pick<MessageFitter, 'fits' | 'fit'>;
  readonly publisher: Pick<StreamPublisher<CheckpointMark>, 'offer' | 'publish' | 'readTo' | 'confirmedAll'>;
  readonly writer: Pick<CheckpointWriter, 'savedAll'>;
  readonly plan: ResumePlan;
  readonly history: Pick<LostHistory, 'progressed' | 'judge' | 'cross'>;
  /** The server has answered: its cluster time, and when that came, by `performance.now()`. */
  readonly heard: (operationTime: Timestamp | undefined, arrivedAtMs: number) => void;
  /** Only where tracing is on. */
  readonly tracer: EventTracer | undefined;
  readonly captured: (message: ChangeMessage, change: RawChange) => void;
  /** Changes are lost, and the handlers are told so. */
  readonly crossed: () => void;
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
    const { generation, last, readUpTo } = parts.plan;
    this.ordinals = new OrdinalCounter(generation, last);
    this.last = last;
    this.readUpTo = readUpTo;
  }

  async run(signal: AbortSignal): Promise<void> {
    let { start } = this.parts.plan;
    for (;;) {
      try {
        return await this.read(start, signal);
      } catch (error) {
        if (!(error instanceof HistoryLostError)) throw error;
        start = await this.crossGap(error, signal);
      }
    }
  }

  private async read(start: StartPoint, signal: AbortSignal): Promise<void> {
    const { source, history } = this.parts;
    let batches = 0;
    for await (const batch of source.batches(start, signal)) {
      this.parts.heard(batch.operationTime, batch.arrivedAtMs);
      if (!this.isReady) await this.begin(batch, start, signal);
      for (const change of batch.changes) {
        const publishing = this.publish(change, signal);
        if (publishing !== undefined) await publishing;
      }
      this.readTo(batch);
      batches += 1;
      if (batches > 1) history.progressed(); // the first came with the opening, before any getMore
    }
  }

  /**
   * Saves where a new stream or pipeline begins before anything of it is published: a kill before its first confirmed
   * event would otherwise begin later the next time.
   */
  private async begin(batch: ChangeBatch, start: StartPoint, signal: AbortSignal): Promise<void> {
    const { isEmpty, operationTime } = batch;
    if (start.kind === 'now') this.readUpTo = operationTime ?? null;
    if (this.parts.plan.why !== 'saved position') {
      const token = isEmpty ? batch.resumeToken : startToken(start);
      this.mark({ token: token ?? null, time: this.readUpTo });
      await this.settled(signal);
    }
    this.isReady = true;
    this.parts.ready();
  }

  /**
   * Tells of lost changes, behind everything that was read and saved, so that told again after a crash the gap has the
   * same id and position. Answers where reading goes on.
   */
  private async crossGap(lost: HistoryLostError, signal: AbortSignal): Promise<StartPoint> {
    const { mapper, publisher, history, crossed } = this.parts;
    await history.judge(lost, this.readUpTo);
    await this.settled(signal);
    const gap = await history.cross(this.readUpTo, signal);
    this.last = this.ordinals.nextGeneration(gap.from);
    this.readUpTo = gap.to;
    const mark = { last: this.last, readTo: () => ({ token: null, time: gap.to }) };
    crossed();
    await publisher.publish(mapper.gapMessageOf(gap, this.last), mark, signal);
    await publisher.confirmedAll(signal); // told even where the next reading fails for good
    return { kind: 'at', time: gap.to };
  }

  /** Everything taken is confirmed and saved. */
  private async settled(signal: AbortSignal): Promise<void> {
    const { publisher, writer } = this.parts;
    await publisher.confirmedAll(signal);
    await writer.savedAll(signal);
    signal.throwIfAborted();
  }

  /** Answers nothing where there was nothing to wait for, as mostly: a promise an event is more than its arithmetic. */
  private publish(change: RawChange, signal: AbortSignal): Promise<void> | undefined {
    const { mapper, fitter, publisher, tracer, captured } = this.parts;
    const startedAtMs = tracer === undefined ? 0 : Date.now();
    const { clusterTime: time } = change;
    const position = this.ordinals.next(time);
    this.last = position;
    this.readUpTo = time;
    const mark = { last: position, readTo: tokenReader(change) };
    const message = mapper.messageOf(change, position);
    captured(message, change);
    if (!fitter.fits(message)) return this.publishFitted(message, change, mark, startedAtMs, signal);
    tracer?.made(message, startedAtMs);
    return publisher.offer(message, mark) ? undefined : publisher.publish(message, mark, signal);
  }

  private async publishFitted(
    whole: ChangeMessage,
    change: RawChange,
    mark: CheckpointMark & { readonly last: Position },
    startedAtMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    const { fitter, publisher, tracer } = this.parts;
    const message = await fitter.fit(whole, change, mark.last, signal);
    tracer?.made(message, startedAtMs);
    await publisher.publish(message, mark, signal);
  }

  /** Also moves an idle stream, so that its token never ages out of the oplog. */
  private readTo({ resumeToken, isCaughtUp, arrivedAtMs }: ChangeBatch): void {
    if (resumeToken === undefined) return;
    this.readUpTo = tokenTime(resumeToken) ?? this.readUpTo;
    this.mark({ token: resumeToken, time: this.readUpTo }, isCaughtUp ? arrivedAtMs : undefined);
  }

  private mark(readTo: ReadTo, caughtUpAtMs?: number): void {
    this.parts.publisher.readTo({ last: this.last, readTo: () => readTo, caughtUpAtMs });
  }
}

/** Keeps a copy of the token: a slice of it would hold the whole reply that it came in, which may be 16 MB. */
function tokenReader({ resumeToken, clusterTime: time }: RawChange): () => ReadTo {
  const token = Buffer.from(resumeToken);
  return () => ({ token: documentOf(token), time });
}

function startToken(start: StartPoint): Document | undefined {
  return start.kind === 'after' ? start.token : undefined;
}
