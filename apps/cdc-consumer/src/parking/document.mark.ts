import { createHash } from 'node:crypto';

/** A lane's name in a few bytes, whatever is in it: an `_id` may be a document of megabytes, an index key should not. */
export function documentMark(lane: string): string {
  return createHash('sha256').update(lane).digest('base64url');
}
