import { count } from '../screen.mjs';
import { GROUP } from './run-names.mjs';
import { settledOf } from './status.mjs';

/** What is wrong with a run, in sentences; nothing when all that was written was published and handled. */
export function faultsOf(ledger, published) {
  const faults = [];
  for (const [operation, { written, missing }] of ledger.byOperation()) {
    const sent = published[operation] ?? 0;
    if (missing > 0) faults.push(`${count(missing)} of ${count(written)} ${operation} events were not handled.`);
    if (sent < written) {
      faults.push(`The producer counts ${count(sent)} of ${count(written)} ${operation} events as published.`);
    }
  }
  const strangers = ledger.unexpected;
  if (strangers.length > 0) {
    faults.push(`${count(strangers.length)} handled events were never written, the first: ${strangers[0]}`);
  }
  return faults;
}

/**
 * What the apps' own counts tell against a run that the ledger finds nothing wrong with: the ledger knows only what the
 * demonstration's handler saw, not how the others fared. `look`: the log and the queue to look into.
 */
export function faultsOfApps({ group, skipped = 0 }, written, { log, queue }) {
  if (!group) return ['The consumer does not tell how its handlers fared.'];
  const faults = [];
  if (skipped > 0) faults.push(`The producer skipped ${count(skipped)} events, as no queue asked for them.`);
  if (group.deadLettered > 0) {
    faults.push(
      `A handler failed for good: group "${GROUP}" dead-lettered ${count(group.deadLettered)} events into the queue ` +
        `${queue}. Why stands in ${log}.`,
    );
  }
  const settled = settledOf(group);
  if (settled < written) {
    faults.push(`Handlers of ${count(written - settled)} of ${count(written)} events have not ended; see ${log}.`);
  }
  return faults;
}
