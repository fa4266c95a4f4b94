import { canonicalKeyOf } from './canonical-key.js';
import type { DocumentEvent } from './change-event.js';
import { namespaceName } from './namespace.js';

/**
 * Which document an event concerns, as a text that is the same for exactly those events which MongoDB would say it of:
 * namespace and `_id` alone, because sharding a collection changes the rest of the document key.
 */
export function documentIdentityOf({ ns, documentKey }: Pick<DocumentEvent, 'ns' | 'documentKey'>): string {
  return `${namespaceName(ns)}:${canonicalKeyOf(documentKey._id)}`;
}
