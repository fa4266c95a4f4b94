import { Injectable } from '@nestjs/common';
import { MOST_COUNTED_EVENTS, readRawChange, type CountedEvents } from '@sluice/contracts';
import { MongoLink } from '@sluice/platform';
import type { Timestamp } from 'mongodb';
import { OplogReader } from '../change-stream/oplog.reader.js';
import { RawChangeCursor, type RawBatch } from '../change-stream/raw-change.cursor.js';
import { meaningOf } from '../change-stream/read-failure.policy.js';
import { startOptions, type StartPoint } from '../change-stream/start.plan.js';
import { tokenTime } from '../checkpoint/token-time.mapper.js';
import { ProducerSettings } from '../config/producer.settings.js';
import type { StreamSettings } from '../config/streams-file.schema.js';
import { streamPipeline } from '../filter/stream.pipeline.js';
import { PositionProbe, type ProbeReport } from './position.probe.js';

/** What is found is looked at, not carried: a few events are enough, and an idle stream is not waited for. */
const CURSOR = { batchSize: 10, maxAwaitTimeMs: 100 } as const;

const COUNTING = { batchSize: 1_000, maxAwaitTimeMs: 100 } as const;
/** Whoever asks waits for it. */
const COUNTING_MS = 3_000;

const TOO_LARGE = 'the change stream opened there; its first event is over 16 MB, and onOversize decides about it';

/** Opens the stream's real change stream there, reads what comes at once, and closes it. */
@Injectable()
export class MongoPositionProbe extends PositionProbe {
  constructor(
    private readonly link: MongoLink,
    private readonly settings: ProducerSettings,
  ) {
    super();
  }

  async probe(stream: StreamSettings, start: StartPoint): Promise<ProbeReport> {
    const reader = new OplogReader(() => this.link.connection.getClient(), stream.readPreference);
    const now = await reader.now();
    const oldest = await reader.oldest().then(
      (found) => ({ oldest: found, oplogSays: null }),
      (error: unknown) => ({ oldest: null, oplogSays: serverSays(error) }),
    );
    const opened = await this.open(stream, start);
    return { now, ...oldest, ...opened };
  }

  override async count(stream: StreamSettings, start: StartPoint, until: Timestamp): Promise<CountedEvents> {
    const cursor = this.cursorOf(stream, start, COUNTING);
    const deadline = performance.now() + COUNTING_MS;
    let events = 0;
    try {
      for (let batch = await cursor.open(), isFirst = true; ; batch = await cursor.next(), isFirst = false) {
        for (const event of batch.events) {
          if (readRawChange(event).clusterTime.gt(until)) return { events, isComplete: true };
          if (events === MOST_COUNTED_EVENTS) return { events, isComplete: false };
          events += 1;
        }
        if (batch.closed || (!isFirst && hasRead(batch, until))) return { events, isComplete: true };
        if (performance.now() > deadline) return { events, isComplete: false };
      }
    } finally {
      await cursor.close();
    }
  }

  private cursorOf(stream: StreamSettings, start: StartPoint, size: typeof CURSOR | typeof COUNTING): RawChangeCursor {
    const pipeline = streamPipeline(stream, this.settings.environment.SLUICE_STATE_DB);
    const stages = [{ $changeStream: { ...pipeline.options, ...startOptions(start) } }, ...pipeline.stages];
    const options = { ...size, readPreference: stream.readPreference };
    return new RawChangeCursor(this.link.connection.getClient(), stream.scope, stages, options);
  }

  private async open(stream: StreamSettings, start: StartPoint) {
    const cursor = this.cursorOf(stream, start, CURSOR);
    try {
      const first = await cursor.open();
      const openedAt = first.isEmpty ? (first.postBatchResumeToken ?? null) : null;
      // A lost position may show only when the server is asked for more.
      const batch = !first.isEmpty || first.closed ? first : await cursor.next();
      return { isAccepted: true, says: 'the change stream opened there', openedAt, firstEvent: firstTime(batch) };
    } catch (error) {
      if (error instanceof Error && meaningOf(error) === 'reopen') throw error; // the server is away
      const opens = error instanceof Error && meaningOf(error) === 'oversize';
      if (opens) return { isAccepted: true, says: TOO_LARGE, openedAt: null, firstEvent: null };
      return { isAccepted: false, says: serverSays(error), openedAt: null, firstEvent: null };
    } finally {
      await cursor.close();
    }
  }
}

/** An empty reply may come in the middle of what does not pass the filter; its token tells, where it shows its time. */
function hasRead({ isEmpty, postBatchResumeToken: token }: RawBatch, until: Timestamp): boolean {
  if (!isEmpty) return false;
  const time = token === undefined ? null : tokenTime(token);
  return time === null || time.gte(until);
}

function firstTime({ events: [first] }: RawBatch) {
  return first === undefined ? null : readRawChange(first).clusterTime;
}

function serverSays(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { code, codeName } = error as { code?: unknown; codeName?: unknown }; // of the driver's server errors
  const name = typeof codeName === 'string' ? ` ${codeName}` : '';
  return typeof code === 'number' ? `code ${code}${name}: ${error.message}` : error.message;
}
