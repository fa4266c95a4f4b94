import type { PositionEffect, PositionTarget } from '@sluice/contracts';
import type { Timestamp } from 'mongodb';
import { firstStart } from '../checkpoint/resume.plan.js';
import type { Checkpoint, ReadTo } from '../checkpoint/checkpoint.js';
import { tokenTime } from '../checkpoint/token-time.mapper.js';
import type { StartPoint } from '../change-stream/start.plan.js';
import type { ProbeReport } from './position.probe.js';

/** Where a stream is to go on, and why it cannot. */
export interface PositionPlan {
  readonly readTo: ReadTo;
  /** The time that it stands for; null where a token hides it and no event has come to tell. */
  readonly time: Timestamp | null;
  /** Why it cannot be set; undefined where it can. */
  readonly refusal: string | undefined;
}

/** A time in the first second of the oplog means its beginning: people say times in seconds. */
export function startOf(target: PositionTarget, oldest: Timestamp | null): StartPoint {
  const start = firstStart(target);
  if (start.kind !== 'at' || oldest === null || start.time.t !== oldest.t || start.time.gte(oldest)) return start;
  return { kind: 'at', time: oldest };
}

/** What is saved for a target, by what the server said of it. */
export function positionPlan(start: StartPoint, report: ProbeReport): PositionPlan {
  const refusal = refusalOf(start, report);
  switch (start.kind) {
    case 'now': {
      // The server's time from before it was opened: reading from there repeats at most, and leaves nothing out.
      const time = report.openedAt === null ? report.now : (tokenTime(report.openedAt) ?? report.now);
      return { readTo: { token: report.openedAt, time }, time, refusal };
    }
    case 'at':
      return { readTo: { token: null, time: start.time }, time: start.time, refusal };
    case 'after': {
      const time = tokenTime(start.token);
      return { readTo: { token: start.token, time }, time: time ?? report.firstEvent, refusal };
    }
  }
}

/** Which events come again, and which never come, where the position moves from one time to another. */
export function effectOf(from: Timestamp | null, to: Timestamp | null): PositionEffect {
  const range = { from: timeText(from), to: timeText(to) };
  if (from === null || to === null) return { kind: 'unknown', ...range };
  const order = from.compare(to);
  if (order === 0) return { kind: 'none', ...range };
  return order < 0 ? { kind: 'skips', ...range } : { kind: 'repeats', from: range.to, to: range.from };
}

/** Up to where a checkpoint has read; null where that is not known. */
export function timeOf(checkpoint: Checkpoint | null): Timestamp | null {
  return checkpoint?.readTo.time ?? checkpoint?.last?.clusterTime ?? null;
}

export function timeText(time: Timestamp | null): string | null {
  return time === null ? null : new Date(time.t * 1000).toISOString();
}

function refusalOf(start: StartPoint, { isAccepted, says, oldest, now }: ProbeReport): string | undefined {
  if (!isAccepted) return `the server does not open the stream there: ${says}`;
  if (start.kind !== 'at') return undefined;
  // Not every server refuses what its oplog has no more: changes would be missing in silence.
  if (oldest !== null && start.time.lt(oldest)) {
    return `the oplog begins at ${timeText(oldest)}, and changes before it are lost; the earliest time is that one`;
  }
  if (start.time.t > now.t) return `it is ${timeText(now)} there, and changes until that time would never come`;
  return undefined;
}
