import type { Operation } from '@sluice/contracts';
import type { EqualityTerm } from './equality-term.js';
import type { EventFacts } from './event-facts.js';

/** What a subscription is told of a change; undefined: nothing. */
export type Telling = 'event' | 'leave' | undefined;

/** What a subscription wants to be told of, and may be. */
export interface ChangeFilter {
  readonly terms: readonly EqualityTerm[];
  /** Undefined: all. */
  readonly operations: ReadonlySet<Operation> | undefined;
  /** What its grant shows; undefined: all. */
  readonly permitted: ReadonlySet<Operation> | undefined;
}

/** They take every document of a namespace away, so they are told to whoever may see deletes, asked for or not. */
const NAMESPACE_ENDS: ReadonlySet<string> = new Set(['drop', 'dropDatabase', 'rename']);

/** ADR 0009, "Leaving": no live collection keeps a ghost, and none misses what matches. */
export function tellingOf({ terms, operations, permitted }: ChangeFilter, facts: EventFacts): Telling {
  const { operation } = facts.event;
  const isEnd = NAMESPACE_ENDS.has(operation);
  if (!isPermitted(permitted, operation, isEnd)) return undefined;
  if (isEnd) return 'event';
  const isAsked = operations === undefined || operations.has(operation);
  if (facts.documentKey === undefined) return isAsked ? 'event' : undefined;
  const telling = terms.length === 0 ? 'event' : tellingByTerms(terms, facts);
  if (isAsked || telling !== 'event') return telling;
  return operation === 'delete' ? 'leave' : undefined;
}

function isPermitted(permitted: ChangeFilter['permitted'], operation: Operation, isEnd: boolean): boolean {
  return permitted === undefined || permitted.has(operation) || (isEnd && permitted.has('delete'));
}

function tellingByTerms(terms: readonly EqualityTerm[], facts: EventFacts): Telling {
  // `_id` never changes: a document with another one has never matched.
  if (terms.some((term) => term.parts[0] === '_id' && facts.matchesByKey(term) === false)) return undefined;
  if (facts.event.operation === 'delete') return tellingOfDelete(terms, facts);
  if (facts.after !== undefined) {
    return terms.every((term) => facts.keysOfAfter(term).includes(term.key)) ? 'event' : tellingOfMiss(terms, facts);
  }
  // Too large to come along: the client looks whether it matches.
  if (facts.isOmitted('fullDocument')) return 'event';
  return matchedBefore(terms, facts) === false ? undefined : 'leave';
}

/** The document does not match now: has it before? */
function tellingOfMiss(terms: readonly EqualityTerm[], facts: EventFacts): Telling {
  const { operation } = facts.event;
  if (operation === 'insert') return undefined;
  const matched = matchedBefore(terms, facts);
  if (matched !== undefined) return matched ? 'leave' : undefined;
  if (operation !== 'update') return 'leave';
  return terms.some(({ path }) => facts.mayHaveChanged(path)) ? 'leave' : undefined;
}

function tellingOfDelete(terms: readonly EqualityTerm[], facts: EventFacts): Telling {
  const byKey = terms.map((term) => facts.matchesByKey(term));
  if (byKey.includes(false)) return undefined;
  if (!byKey.includes(undefined)) return 'event';
  const matched = matchedBefore(terms, facts);
  if (matched === undefined) return 'leave';
  return matched ? 'event' : undefined;
}

/** By the pre-image; undefined without one. */
function matchedBefore(terms: readonly EqualityTerm[], facts: EventFacts): boolean | undefined {
  if (facts.before === undefined) return undefined;
  return terms.every((term) => facts.keysOfBefore(term).includes(term.key));
}
