import { createHash } from 'node:crypto';
import {
  CONTROL_OPERATIONS,
  DOCUMENT_OPERATIONS,
  FENCE_COLLECTION,
  INBOX_COLLECTION,
  parseNamespace,
} from '@sluice/contracts';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { Stage } from './user-pipeline.policy.js';

const CONTROL = CONTROL_OPERATIONS.filter((operation) => operation !== 'gap');
/** Written by handlers with `once`, in whichever database they write to. */
const CONSUMERS_OWN = [INBOX_COLLECTION, FENCE_COLLECTION];

/** What the server runs behind `$changeStream`. */
export interface StreamPipeline {
  readonly stages: readonly Stage[];
  /** Options of `$changeStream` that belong to the stream and not to where it starts. */
  readonly options: Readonly<Record<string, unknown>>;
  /**
   * A resume token binds to its pipeline: resuming with another one fails (280) or skips events. How it is read
   * (`readPreference`, `batchSize`) is no part of it: every member gives the same events with the same tokens.
   */
  readonly hash: string;
}

/** Filters in the server: operations, namespaces, then the user's own stages. */
export function streamPipeline(stream: StreamSettings, stateDb: string): StreamPipeline {
  const stages: Stage[] = [...filterStages(stream, stateDb), ...stream.pipeline.map(keepingControl)];
  const options = {
    ...(stream.fullDocument === 'default' ? {} : { fullDocument: stream.fullDocument }),
    ...(stream.fullDocumentBeforeChange === 'off' ? {} : { fullDocumentBeforeChange: stream.fullDocumentBeforeChange }),
    ...('deployment' in stream.scope ? { allChangesForCluster: true } : {}),
  };
  const hash = createHash('sha256')
    .update(JSON.stringify([stream.scope, stages, options]))
    .digest('hex')
    .slice(0, 16);
  return { stages, options, hash };
}

/** A user's `$match` or `$redact` may not hide what the stream itself needs to see. */
function keepingControl(stage: Stage): Stage {
  if ('$match' in stage) return { $match: { $or: [{ operationType: { $in: CONTROL } }, stage['$match']] } };
  if ('$redact' in stage)
    return { $redact: { $cond: [{ $in: ['$operationType', CONTROL] }, '$$KEEP', stage['$redact']] } };
  return stage;
}

/**
 * Only what has to be asked: each condition costs the server a look into every change. Where there is none, there is no
 * stage, and the change passes as it is.
 */
function filterStages(stream: StreamSettings, stateDb: string): Stage[] {
  const filter = { ...ownChangesFilter(stream, stateDb), ...wantedFilter(stream) };
  return Object.keys(filter).length === 0 ? [] : [{ $match: filter }];
}

/**
 * The state database never passes: each saved checkpoint would be a change of its own; nor do the collections that
 * consumers write for each event. A scope of one other collection has none of these.
 */
function ownChangesFilter({ scope }: StreamSettings, stateDb: string): Stage {
  const database = 'database' in scope && scope.database !== stateDb ? {} : { 'ns.db': { $ne: stateDb } };
  const isOther = 'collection' in scope && !CONSUMERS_OWN.includes(scope.collection);
  return { ...database, ...(isOther ? {} : { 'ns.coll': { $nin: CONSUMERS_OWN } }) };
}

/** Control operations always pass: a hidden invalidate would make a reopen loop. */
function wantedFilter({ operations, namespaces }: StreamSettings): Stage {
  const byNamespace: Stage[] = [];
  if (namespaces.include.length > 0) byNamespace.push({ $or: namespaceTerms(namespaces.include) });
  if (namespaces.exclude.length > 0) byNamespace.push({ $nor: namespaceTerms(namespaces.exclude) });
  if (byNamespace.length > 0) {
    const wanted = [{ operationType: { $in: operations } }, ...byNamespace];
    return { $or: [{ operationType: { $in: CONTROL } }, { $and: wanted }] };
  }
  // A change stream has no others unless it is asked for them (`showExpandedEvents`).
  if (DOCUMENT_OPERATIONS.every((operation) => operations.includes(operation))) return {};
  return { operationType: { $in: [...operations, ...CONTROL] } };
}

/** One term a database; `$in` scans about ten times faster than a regular expression over the names. */
function namespaceTerms(patterns: readonly string[]): Record<string, unknown>[] {
  const byDatabase = new Map<string, Set<string>>();
  for (const { db, coll } of patterns.map(parseNamespace)) {
    const collections = byDatabase.get(db) ?? new Set();
    collections.add(coll ?? '*');
    byDatabase.set(db, collections);
  }
  return [...byDatabase].map(([db, collections]) =>
    collections.has('*') ? { 'ns.db': db } : { 'ns.db': db, 'ns.coll': { $in: [...collections] } },
  );
}
