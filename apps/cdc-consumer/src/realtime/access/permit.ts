import type { Operation, Subscription } from '@sluice/contracts';
import { RealtimeRequestError } from '../connection/realtime.errors.js';
import type { EqualityTerm } from '../subscription/equality-term.js';
import { fieldTree, intersection, showsCompared, type FieldTree } from '../subscription/field-tree.js';
import { viewOf, withId, type View } from '../subscription/view.js';
import type { Grant } from './grant.schema.js';
import { coversNamespace } from './namespace.pattern.js';

/** What a caller may have of a subscription. */
export interface Permit {
  /** Undefined: all. */
  readonly operations: ReadonlySet<Operation> | undefined;
  readonly view: View;
}

/** As a query has it. */
export interface KeptDocuments {
  /** By a snapshot, of this connection or of one before it. */
  readonly keepsDocuments: boolean;
  /** Undefined: all. */
  readonly permitted: ReadonlySet<Operation> | undefined;
}

/** Without tokens: every program of this machine may see what its database client could show it too. */
export const EVERYTHING: readonly Grant[] = [{ to: [], roles: [], namespaces: ['*'] }];

/** Documents as they are show what these tell of them: who may not see one of these may not read them either. */
const TELL_DOCUMENTS: readonly Operation[] = ['insert', 'update', 'replace'];

/**
 * What the grants permit of a subscription: the first that covers its namespace counts.
 * @throws RealtimeRequestError where it asks for more: a refusal tells, where leaving out would look like no changes
 */
export function permitOf(
  grants: readonly Grant[],
  {
    namespace,
    operations,
    fields,
    snapshot = false,
  }: Pick<Subscription, 'namespace' | 'operations' | 'fields' | 'snapshot'>,
  terms: readonly EqualityTerm[],
): Permit {
  const grant = grants.find(({ namespaces }) => coversNamespace(namespaces, namespace));
  if (grant === undefined) {
    throw forbidden('NAMESPACE', `the namespace ${namespace}`, listed(grants.flatMap((each) => each.namespaces)));
  }
  const permitted = grant.operations && new Set(grant.operations);
  const other = permitted && operations?.find((operation) => !permitted.has(operation));
  if (other !== undefined) throw forbidden('OPERATION', `the operation ${other}`, listed(grant.operations ?? []));
  if (snapshot && permitted && !TELL_DOCUMENTS.every((operation) => permitted.has(operation))) {
    const found = `the reading of documents, which takes ${listed(TELL_DOCUMENTS)} together,`;
    throw forbidden('OPERATION', found, listed(grant.operations ?? []));
  }
  const granted = fieldTree(grant.fields);
  refuseHidden(withId(granted), fields ?? [], terms, grant);
  return {
    operations: permitted,
    view: viewOf(
      fieldTree(fields),
      granted,
      grants.flatMap((each) => each.namespaces),
    ),
  };
}

/**
 * Whoever keeps documents has to be told of those that go: what it keeps would otherwise hold ghosts, and nothing would
 * say so. One document that is read for its `href` is not kept. @throws RealtimeRequestError
 */
export function refuseGhosts({ keepsDocuments, permitted }: KeptDocuments): void {
  if (!keepsDocuments || permitted === undefined || permitted.has('delete')) return;
  throw forbidden('OPERATION', 'the operation delete, which a snapshot takes too,', listed([...permitted]));
}

function refuseHidden(
  granted: FieldTree,
  fields: readonly string[],
  terms: readonly EqualityTerm[],
  grant: Grant,
): void {
  const shows = (path: string) => {
    const shown = intersection(fieldTree([path]), granted);
    return shown === true || shown.size > 0;
  };
  const hidden = fields.find((path) => !shows(path));
  // What is compared would tell what is hidden, by what comes and what does not: the whole of it must be granted.
  const compared = terms.find(({ parts }) => !showsCompared(granted, parts));
  const found = hidden ?? compared?.path;
  if (found !== undefined) throw forbidden('FIELD', `the field ${found}`, listed(['_id', ...(grant.fields ?? [])]));
}

function forbidden(what: 'NAMESPACE' | 'OPERATION' | 'FIELD', found: string, allowed: string): RealtimeRequestError {
  return new RealtimeRequestError(
    `SLUICE-REALTIME-${what}-FORBIDDEN`,
    `${found} is not granted to this token; granted: ${allowed}`,
  );
}

function listed(names: readonly string[]): string {
  return names.length === 0 ? 'nothing' : [...new Set(names)].join(', ');
}
