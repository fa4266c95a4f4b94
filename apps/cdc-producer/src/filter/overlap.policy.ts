import type { StreamSettings } from '../config/streams-file.schema.js';
import { namespaceName, parseNamespace } from '@sluice/contracts';

/** Two streams that would both publish the same change. */
export interface Overlap {
  readonly first: string;
  readonly second: string;
  readonly what: string;
}

/**
 * Streams on one exchange must not overlap in namespace and operation: every group would get such an event twice, with
 * positions that cannot be compared. A user's own pipeline is not understood, so it separates nothing.
 */
export function overlapsOf(streams: readonly StreamSettings[]): Overlap[] {
  return streams.flatMap((first, index) =>
    streams.slice(index + 1).flatMap((second) => {
      const operations = first.operations.filter((operation) => second.operations.includes(operation));
      const namespace = sharedNamespace(first, second);
      if (operations.length === 0 || namespace === undefined) return [];
      return [{ first: first.name, second: second.name, what: `${operations.join(', ')} of ${namespace}` }];
    }),
  );
}

/** A namespace as a pattern; an absent part is every one. */
interface Area {
  readonly db?: string;
  readonly coll?: string;
}

function sharedNamespace(a: StreamSettings, b: StreamSettings): string | undefined {
  for (const one of areasOf(a)) {
    for (const other of areasOf(b)) {
      const shared = intersection(one, other);
      if (shared !== undefined && !isExcluded(shared, a) && !isExcluded(shared, b)) return areaName(shared);
    }
  }
  return undefined;
}

/** Included namespaces of a stream that its scope does not reach. */
export function emptyAreas({ scope, namespaces }: StreamSettings): string[] {
  return namespaces.include.filter((pattern) => intersection(scopeArea(scope), areaOf(pattern)) === undefined);
}

/** Whether the stream's scope and namespaces take in a collection; its own pipeline is not understood. */
export function coversNamespace(stream: StreamSettings, namespace: Required<Area>): boolean {
  return areasOf(stream).some((area) => intersection(area, namespace) !== undefined) && !isExcluded(namespace, stream);
}

function areasOf({ scope, namespaces }: StreamSettings): Area[] {
  const whole = scopeArea(scope);
  if (namespaces.include.length === 0) return [whole];
  return namespaces.include.map(areaOf).flatMap((area) => intersection(whole, area) ?? []);
}

function scopeArea(scope: StreamSettings['scope']): Area {
  if ('deployment' in scope) return {};
  return { db: scope.database, ...('collection' in scope ? { coll: scope.collection } : {}) };
}

function areaOf(pattern: string): Area {
  const { db, coll } = parseNamespace(pattern);
  return coll === undefined || coll === '*' ? { db } : { db, coll };
}

function intersection(a: Area, b: Area): Area | undefined {
  if (a.db !== undefined && b.db !== undefined && a.db !== b.db) return undefined;
  if (a.coll !== undefined && b.coll !== undefined && a.coll !== b.coll) return undefined;
  return { ...a, ...b };
}

/** Whether an exclusion covers all of the area. */
function isExcluded(area: Area, { namespaces }: StreamSettings): boolean {
  return namespaces.exclude
    .map(areaOf)
    .some(({ db, coll }) => db === area.db && (coll === undefined || coll === area.coll));
}

function areaName({ db, coll }: Area): string {
  if (db === undefined) return 'the whole deployment';
  return coll === undefined ? `${db}.*` : namespaceName({ db, coll });
}
