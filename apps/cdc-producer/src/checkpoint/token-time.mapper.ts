import { Timestamp, type Document } from 'mongodb';

/**
 * The cluster time in a resume token of mongod's layout (`82`, then seconds and increment, then `2B`); null for any
 * other. Tokens are opaque: this is only ever used to open a stream again at a time, and never to compare two.
 * https://www.mongodb.com/docs/manual/changeStreams/#resume-tokens
 */
export function tokenTime(token: Document): Timestamp | null {
  const data: unknown = token['_data'];
  const match = typeof data === 'string' ? /^82([0-9A-F]{8})([0-9A-F]{8})2B/.exec(data) : null;
  if (match === null) return null;
  return new Timestamp({ t: Number.parseInt(match[1] ?? '', 16), i: Number.parseInt(match[2] ?? '', 16) });
}
