import { hash } from 'node:crypto';
import { FeedCursorError } from './feed-cursor.error.js';
import type { Height } from './height.js';

/**
 * What a cursor holds. `identity` tells whether the message is still the one that it was: in a stream queue that was
 * deleted and made anew, another one lies at the same offset.
 */
export interface FeedPlace {
  /** The stream queue's name. */
  readonly queue: string;
  /** Of the last message that was told. */
  readonly offset: number;
  /** Of that message; undefined where nobody has seen it, because it was gone. */
  readonly identity: string | undefined;
  /** Where the change streams stood then. */
  readonly heights: readonly Height[];
}

export interface DecodedCursor extends Omit<FeedPlace, 'queue' | 'heights'> {
  readonly isOf: (queue: string) => boolean;
  /** By `streamDigest`. */
  readonly heights: ReadonlyMap<string, string>;
}

const PREFIX = 'c1.';
const NAME_BYTES = 6;
const IDENTITY_BYTES = 12;
const HEAD_BYTES = NAME_BYTES + 6 + IDENTITY_BYTES;
/** Seconds, increment, generation, ordinal: the widths of a position key. */
const HEIGHT_BYTES = NAME_BYTES + 4 + 4 + 3 + 4;
/** A client may send no longer cursor than `REALTIME_BOUNDS.cursor`; more change streams than this are left out. */
export const MOST_HEIGHTS = 256;

const UNKNOWN = '0'.repeat(IDENTITY_BYTES * 2);
const digests = new Map<string, string>();
const KNOWN_DIGESTS = 1_024;

/** Stands for a name in a cursor. Computed once a name: names are few. */
export function streamDigest(name: string): string {
  let digest = digests.get(name);
  if (digest === undefined) {
    if (digests.size >= KNOWN_DIGESTS) digests.clear();
    digest = hash('sha256', name, 'hex').slice(0, NAME_BYTES * 2);
    digests.set(name, digest);
  }
  return digest;
}

/** Stands for a message in a cursor: part of its id, which is a hash already where it is ours. */
export function identityOf(messageId: string): string {
  const isHash = /^[0-9a-f]{32}$/.test(messageId);
  return (isHash ? messageId : hash('sha256', messageId, 'hex')).slice(0, IDENTITY_BYTES * 2);
}

/** Opaque to clients, short, and the same on every replica. */
export function encodeCursor({ queue, offset, identity, heights }: FeedPlace): string {
  const bytes = Buffer.allocUnsafe(HEAD_BYTES + heights.length * HEIGHT_BYTES);
  bytes.write(streamDigest(queue), 0, 'hex');
  bytes.writeUIntBE(offset + 1, NAME_BYTES, 6); // -1 stands before everything
  bytes.write(identity ?? UNKNOWN, NAME_BYTES + 6, 'hex');
  let at = HEAD_BYTES;
  for (const { stream, position } of heights) {
    bytes.write(streamDigest(stream), at, 'hex');
    bytes.writeUInt32BE(Number(position.slice(0, 10)), at + NAME_BYTES);
    bytes.writeUInt32BE(Number(position.slice(11, 21)), at + NAME_BYTES + 4);
    bytes.writeUIntBE(Number(position.slice(22, 28)), at + NAME_BYTES + 8, 3);
    bytes.writeUInt32BE(Number(position.slice(29)), at + NAME_BYTES + 11);
    at += HEIGHT_BYTES;
  }
  return PREFIX + bytes.toString('base64url');
}

/** @throws FeedCursorError */
export function decodeCursor(cursor: string): DecodedCursor {
  const bytes = Buffer.from(cursor.slice(PREFIX.length), 'base64url');
  const heights = (bytes.length - HEAD_BYTES) / HEIGHT_BYTES;
  if (!cursor.startsWith(PREFIX) || !Number.isInteger(heights) || heights < 0) throw new FeedCursorError();
  const queue = bytes.toString('hex', 0, NAME_BYTES);
  const identity = bytes.toString('hex', NAME_BYTES + 6, HEAD_BYTES);
  return {
    isOf: (name) => streamDigest(name) === queue,
    offset: bytes.readUIntBE(NAME_BYTES, 6) - 1,
    identity: identity === UNKNOWN ? undefined : identity,
    heights: new Map(Array.from({ length: heights }, (_, index) => heightAt(bytes, HEAD_BYTES + index * HEIGHT_BYTES))),
  };
}

function heightAt(bytes: Buffer, at: number): [string, string] {
  const begin = at + NAME_BYTES;
  const [seconds, increment] = [bytes.readUInt32BE(begin), bytes.readUInt32BE(begin + 4)];
  const [generation, ordinal] = [bytes.readUIntBE(begin + 8, 3), bytes.readUInt32BE(begin + 11)];
  const position = `${digits(seconds, 10)}.${digits(increment, 10)}.${digits(generation, 6)}.${digits(ordinal, 8)}`;
  return [bytes.toString('hex', at, begin), position];
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}
