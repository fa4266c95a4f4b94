import { createHash } from 'node:crypto';
import { canonicalKeyOf } from '@sluice/contracts';
import type { FencedDocument, InboxEntry } from './inbox.js';

/** Under what a document's version is kept, for one handler of a group. */
export interface FenceKey {
  readonly group: string;
  readonly handler: string;
  readonly namespace: string;
  /** Of the `_id`: the same for ids that are the same to MongoDB, and of one length however large they are. */
  readonly document: string;
}

export function fenceKeyOf({ group, handler }: InboxEntry, { namespace, id }: FencedDocument): FenceKey {
  const document = createHash('sha256').update(canonicalKeyOf(id)).digest('base64url');
  return { group, handler, namespace, document };
}
