import { comparePositions } from '@sluice/contracts';
import type { InboxEntry, InboxOutcome, Version } from './inbox.js';

/** What is known when the inbox does not have the event's id. */
export interface FenceFacts {
  /** Of the document, as the handler dealt with it last. */
  readonly version: Version | undefined;
  /** The server's time. */
  readonly now: Date;
  /** How long a tombstone is kept. */
  readonly ttlMs: number;
}

/** Decides over an event whose id the inbox does not have; `handled`: the handler is to be called. */
export function fenceVerdict(entry: InboxEntry, { version, now, ttlMs }: FenceFacts): InboxOutcome {
  if (entry.document === undefined) return { kind: 'handled' };
  if (version !== undefined) return verdictBehind(entry, version);
  const ageMs = now.getTime() - entry.position.clusterTime.t * 1000;
  return { kind: entry.replayed && ageMs > ttlMs ? 'expired' : 'handled' };
}

/**
 * Whether the document's version moves on to an event that was handled; where ids have decided, the event may be the
 * earlier one of both, and a version never goes back.
 */
export function raisesVersion(event: Version, version: Version | undefined): boolean {
  return version === undefined || comparePositions(version.position, event.position) <= 0;
}

/** An entry outlived by its document's version is known by the version's id. */
function verdictBehind(event: Version, version: Version): InboxOutcome {
  if (event.eventId === version.eventId) return { kind: 'repeated' };
  return isOvertaken(event, version) ? { kind: 'superseded', by: version } : { kind: 'handled' };
}

/**
 * Ordinals of two generations, or of two streams, count different events and say nothing about each other: within one
 * cluster time a change that the inbox does not have was not handled, whatever its number. Compared by number, a
 * document's second change in a transaction would be lost when a narrower filter counts it from the start again.
 */
function isOvertaken(event: Version, version: Version): boolean {
  const byTime = event.position.clusterTime.compare(version.position.clusterTime);
  if (byTime !== 0) return byTime < 0;
  const sameNumbering = event.stream === version.stream && event.position.generation === version.position.generation;
  return sameNumbering && event.position.ordinal < version.position.ordinal;
}
