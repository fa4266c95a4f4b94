import type { StreamStatus } from '@sluice/contracts';
import type { StreamSettings } from '../config/streams-file.schema.js';
import { headroomWarning } from './oplog-headroom.plan.js';

type Limits = Pick<StreamSettings, 'maxLagSeconds' | 'minOplogHeadroomSeconds' | 'minOplogHeadroomPercent'>;
type Standing = Pick<StreamStatus, 'state' | 'lagSeconds' | 'oplogHeadroomSeconds'>;

/** What is wrong with a stream that runs, or is paused: told in its `reason`, and readiness is 503 for it. */
export function streamWarnings({ state, lagSeconds, oplogHeadroomSeconds }: Standing, limits: Limits): string[] {
  const headroom =
    headroomWarning(oplogHeadroomSeconds, limits.minOplogHeadroomSeconds) ??
    shareWarning(oplogHeadroomSeconds, lagSeconds, limits.minOplogHeadroomPercent);
  // Whoever paused it knows that it falls behind; that its position is about to be lost may be news.
  const lag = state === 'paused' ? undefined : lagWarning(lagSeconds, limits.maxLagSeconds);
  return [lag, headroom].filter((warning) => warning !== undefined);
}

function lagWarning(seconds: number | null, maximum: number): string | undefined {
  if (seconds === null || maximum === 0 || seconds <= maximum) return undefined;
  return `${Math.round(seconds)} s behind its source (maxLagSeconds: ${maximum})`;
}

/** A minute behind is nothing to speak of, however young the oplog is. */
const NO_LAG_SECONDS = 60;

/**
 * The position nears the end of the oplog: what lies behind it is a small share of the whole, which reaches from the
 * oldest entry to now. A stream that keeps up never comes there, however short the oplog is.
 */
function shareWarning(headroom: number | null, lag: number | null, percent: number): string | undefined {
  if (headroom === null || lag === null || lag < NO_LAG_SECONDS) return undefined;
  const share = (100 * headroom) / (headroom + lag);
  if (share >= percent) return undefined;
  return (
    `only ${Math.round(share)}% of the oplog lie before the position, and what is behind it is ${Math.round(lag)} s ` +
    `(minOplogHeadroomPercent: ${percent}): let the stream catch up, or enlarge the oplog (replSetResizeOplog)`
  );
}
