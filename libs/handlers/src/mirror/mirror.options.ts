import type { BatchLimits } from '../batch/batch.limits.js';
import { MirrorOptionsInvalidError } from './mirror.errors.js';

/** What a mirror is of, and how it takes it. */
export interface MirrorOptions extends Partial<BatchLimits> {
  /** The collection that is copied: `shop.orders`, without wildcards. */
  readonly from: string;
  /** How long the marks that deletes leave are kept. Default 168. */
  readonly tombstoneTtlHours?: number;
}

const HOUR_MS = 3_600_000;
/** As the inbox's: a week, in which a dead letter is dealt with. */
const DEFAULT_TOMBSTONE_TTL_HOURS = 168;

/** MongoDB's longest time to live is 2^31 - 1 seconds (https://www.mongodb.com/docs/manual/core/index-ttl/). */
const LONGEST_TTL_HOURS = Math.floor((2 ** 31 - 1) / 3600);

/** @throws MirrorOptionsInvalidError */
export function tombstoneTtlMs({ tombstoneTtlHours = DEFAULT_TOMBSTONE_TTL_HOURS }: MirrorOptions): number {
  if (!(tombstoneTtlHours > 0 && tombstoneTtlHours <= LONGEST_TTL_HOURS)) {
    throw new MirrorOptionsInvalidError(
      `tombstoneTtlHours is ${String(tombstoneTtlHours)}, allowed is a number above 0 and up to ${LONGEST_TTL_HOURS}`,
    );
  }
  return tombstoneTtlHours * HOUR_MS;
}

/** A mirror of several collections would mix documents of one `_id`. @throws MirrorOptionsInvalidError */
export function assertOneCollection({ from }: MirrorOptions): void {
  if (typeof from !== 'string' || !/^[^.*]+\.[^*]+$/.test(from)) {
    throw new MirrorOptionsInvalidError(`from is ${JSON.stringify(from)}, allowed is one collection, as "shop.orders"`);
  }
}
