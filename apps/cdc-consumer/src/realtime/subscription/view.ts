import type { Namespace } from '@sluice/contracts';
import { coversNs } from '../access/namespace.pattern.js';
import { intersection, pathsOf, type FieldTree } from './field-tree.js';

/** What of a document a subscription is sent. Subscriptions with the same key are sent the same bytes. */
export interface View {
  readonly key: string;
  /** Fields of documents: those that are asked for, as far as the grant shows them. */
  readonly fields: FieldTree;
  /** What the grant shows: it counts for document keys too, which hold a sharded collection's other key fields. */
  readonly granted: FieldTree;
  /** Namespaces that may be named to it. */
  readonly namespaces: readonly string[];
}

const ID_ONLY = new Map<string, FieldTree>([['_id', true]]);

export function viewOf(asked: FieldTree, granted: FieldTree, namespaces: readonly string[]): View {
  const shown = withId(granted);
  const fields = intersection(asked, shown);
  return { key: JSON.stringify([pathsOf(fields), pathsOf(shown), namespaces]), fields, granted: shown, namespaces };
}

export function mayKnow({ namespaces }: View, ns: Namespace): boolean {
  return coversNs(namespaces, ns);
}

/** Every document key shows `_id`: without it nothing could be told of a document. */
export function withId(tree: FieldTree): FieldTree {
  return tree === true ? true : new Map([...tree, ...ID_ONLY]);
}
