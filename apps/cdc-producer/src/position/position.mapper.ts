import { positionKey, type PositionAuditLine, type StreamPosition } from '@sluice/contracts';
import type { StoredPosition } from '../checkpoint/checkpoint.js';
import type { AuditedPosition, PositionAudit } from '../checkpoint/position-change.js';
import { timeText } from './position.plan.js';

/** Tells one state of a stream's position from every other. */
export function etagOf({ epoch, serial }: StoredPosition): string {
  return `"${epoch}.${serial}"`;
}

/** `pipelineHash`: of the stream as it is configured now. */
export function positionDto(stored: StoredPosition, pipelineHash: string): StreamPosition {
  const { stream, epoch, generation, checkpoint, savedAt, isPaused } = stored;
  const last = checkpoint?.last ?? null;
  return {
    stream,
    ...placeDto({ epoch, generation, last, readTo: checkpoint?.readTo ?? null }),
    savedAt: savedAt?.toISOString() ?? null,
    isPaused,
    pipelineChanged: checkpoint !== null && stored.pipelineHash !== pipelineHash,
  };
}

export function auditDto({ number, at, by, reason, request, before, after }: PositionAudit): PositionAuditLine {
  return { number, at: at.toISOString(), by, reason, request, before: placeDto(before), after: placeDto(after) };
}

function placeDto({ epoch, generation, last, readTo }: AuditedPosition) {
  return {
    epoch,
    generation,
    last: last === null ? null : positionKey(last),
    clusterTime: timeText(last?.clusterTime ?? null),
    readTo: timeText(readTo?.time ?? null),
    resumeToken: readTo?.token ?? null,
  };
}
