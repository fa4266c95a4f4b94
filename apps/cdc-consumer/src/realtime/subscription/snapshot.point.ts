import { hash } from 'node:crypto';
import type { Timestamp } from 'bson';

/** Which documents a snapshot was of: `SubscriptionQuery.documents`. */
interface OfDocuments {
  readonly documents: string;
}

const TIME_BYTES = 8;
/** With the time 15: base64url of them needs no padding. */
const DIGEST_BYTES = 7;
const PREFIX = 'c2.';
const PLACE_PREFIX = 'c1.';
/** `c2.`, then the point, then the place as a feed's own cursor has it behind its prefix. */
const POINTED = /^c2\.([A-Za-z0-9_-]{20})\.(.+)$/;

/**
 * The moment of a snapshot. The feed's place alone does not say which changes a client has by its snapshot: what
 * happened before that moment may come behind the place. So the point goes along in the cursors of its subscription,
 * and holds in other connections and at other replicas; only for the same documents, since of others it had nothing.
 */
export class SnapshotPoint {
  private readonly upTo: string;

  private constructor(private readonly bytes: Buffer) {
    const [t, i] = [bytes.readUInt32BE(0), bytes.readUInt32BE(4)];
    this.upTo = `${digits(t)}.${digits(i)}`;
  }

  static of({ t, i }: Timestamp, query: OfDocuments): SnapshotPoint {
    const bytes = Buffer.alloc(TIME_BYTES + DIGEST_BYTES);
    bytes.writeUInt32BE(t, 0);
    bytes.writeUInt32BE(i, 4);
    digestOf(query).copy(bytes, TIME_BYTES);
    return new SnapshotPoint(bytes);
  }

  /** A cursor's point, if it has one, and the feed's part of it. */
  static in(cursor: string): { readonly place: string; readonly point: SnapshotPoint | undefined } {
    const [, point, place] = POINTED.exec(cursor) ?? [];
    if (point === undefined || place === undefined) return { place: cursor, point: undefined };
    return { place: PLACE_PREFIX + place, point: new SnapshotPoint(Buffer.from(point, 'base64url')) };
  }

  /** The cursor of a place for whoever has the snapshot. */
  at(place: string): string {
    return `${PREFIX}${this.bytes.toString('base64url')}.${place.slice(PLACE_PREFIX.length)}`;
  }

  /** Whether a change at this position is in the snapshot: whatever its change stream, cluster time is one for all. */
  has(position: string): boolean {
    return position.slice(0, this.upTo.length) <= this.upTo;
  }

  isOf(query: OfDocuments): boolean {
    return digestOf(query).equals(this.bytes.subarray(TIME_BYTES));
  }
}

function digestOf({ documents }: OfDocuments): Buffer {
  return hash('sha256', documents, 'buffer').subarray(0, DIGEST_BYTES);
}

/** As in a position key. */
function digits(value: number): string {
  return String(value).padStart(10, '0');
}
