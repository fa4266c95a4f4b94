import { clusterTimeOf, type Position } from '@sluice/contracts';
import type { Document, Timestamp } from 'mongodb';
import type { StreamSettings } from '../config/streams-file.schema.js';
import { startAnew } from '../change-stream/position.advice.js';
import type { StartPoint } from '../change-stream/start.plan.js';
import { StreamStoppedError } from '../change-stream/stream.error.js';
import type { TakenStream } from './checkpoint.js';
import { tokenTime } from './token-time.mapper.js';

/** Where a stream opens, and from where its events are numbered. */
export interface ResumePlan {
  readonly start: StartPoint;
  readonly generation: number;
  readonly last: Position | null;
  /** Everything up to here has been read; null where that is not known. */
  readonly readUpTo: Timestamp | null;
  readonly why: 'nothing saved' | 'saved position' | 'pipeline changed';
}

/**
 * A saved token belongs to the pipeline it was made with. After a change of pipeline the stream opens at the time that
 * was read to, inclusive, and the generation goes up: the same cluster time may now count other events.
 * @throws StreamStoppedError where that time is not known: any other place would lose changes in silence
 */
export function resumePlan(
  taken: TakenStream,
  hash: string,
  { name, startAt }: Pick<StreamSettings, 'name' | 'startAt'>,
): ResumePlan {
  const { checkpoint, generation } = taken;
  if (checkpoint === null) {
    const start = firstStart(startAt);
    return { start, generation, last: null, readUpTo: startTime(start), why: 'nothing saved' };
  }
  const { last, readTo } = checkpoint;
  const readUpTo = readTo.time ?? last?.clusterTime ?? null;
  const at: StartPoint = readUpTo === null ? firstStart(startAt) : { kind: 'at', time: readUpTo };
  if (taken.pipelineHash !== hash && readUpTo === null && readTo.token !== null) throw timeUnknown(name);
  if (taken.pipelineHash !== hash)
    return { start: at, generation: generation + 1, last, readUpTo, why: 'pipeline changed' };
  // Without a token nothing of this generation has been confirmed: its numbering begins at the same time again.
  const start: StartPoint = readTo.token === null ? at : { kind: 'after', token: readTo.token };
  return { start, generation, last, readUpTo, why: 'saved position' };
}

/** Where a stream opens that has no position. */
export function firstStart(startAt: StreamSettings['startAt']): StartPoint {
  if (startAt === 'now') return { kind: 'now' };
  if (typeof startAt !== 'string') return { kind: 'after', token: startAt satisfies Document };
  return { kind: 'at', time: clusterTimeOf(startAt) };
}

function timeUnknown(stream: string): StreamStoppedError {
  return new StreamStoppedError(
    'SLUICE-STREAM-TIME-UNKNOWN',
    `stream "${stream}": its scope, filter or pipeline has changed, and its saved token tells no time to open the new one ` +
      `at. Set back what was changed until its first event is saved, or ${startAnew(stream)}`,
  );
}

function startTime(start: StartPoint): Timestamp | null {
  if (start.kind === 'now') return null; // the server says it, once it is open
  return start.kind === 'at' ? start.time : tokenTime(start.token);
}
