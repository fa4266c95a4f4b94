import { documentIdentityOf, type ChangeEvent } from '@sluice/contracts';
import type { BatchVerdict } from './batch-context.js';

/** How a batch's call ended: the handler returned, or threw. */
export type BatchEnd = { readonly threw: false } | { readonly threw: true; readonly error: unknown };

const SETTLED: BatchVerdict = { settled: true };

/**
 * What a call means for each event of its batch, in order: what the handler has said of it, else how the call ended.
 * Behind a failed event the later ones of its document have failed with it unless they were settled: a retry of the
 * first alone would put it behind them.
 */
export function batchVerdicts(
  events: readonly ChangeEvent[],
  verdictOn: (event: ChangeEvent) => BatchVerdict | undefined,
  end: BatchEnd,
): BatchVerdict[] {
  const said = events.map(verdictOn);
  if (end.threw) return said.map((verdict) => verdict ?? { settled: false, error: end.error });
  if (!said.some((verdict) => verdict?.settled === false)) return said.map(() => SETTLED);
  return withLaterOfTheirDocuments(events, said);
}

function withLaterOfTheirDocuments(
  events: readonly ChangeEvent[],
  said: readonly (BatchVerdict | undefined)[],
): BatchVerdict[] {
  const failed = new Map<string, BatchVerdict>();
  return events.map((event, index) => {
    const document = 'documentKey' in event ? documentIdentityOf(event) : event.id;
    const verdict = said[index] ?? failed.get(document) ?? SETTLED;
    if (!verdict.settled) failed.set(document, verdict);
    return verdict;
  });
}
