import { pause } from '../abort.mjs';
import { count } from '../screen.mjs';
import { OPERATIONS } from './ledger.mjs';
import { settledOf } from './status.mjs';

/** How long nothing at all may move before the rest counts as missing. There is no limit on the whole. */
const NO_PROGRESS_MS = 60_000;
const ASK_EVERY_MS = 250;
/** Once everything is handled, strangers and repeats still get this long to show themselves. */
const SETTLE_MS = 1_000;

/**
 * Waits until every change in the ledger is published, noted, and done with by every other handler too (a retry may take
 * longer), or nothing has moved for a minute. Answers the apps' own counts. `isWriting` tells whether more is to come.
 */
export async function waitForDelivery({ ledger, system, isWriting = () => false, tell, signal }) {
  let status = { published: {} };
  let before = '';
  let movedAt = performance.now();
  for (;;) {
    status = { ...status, ...known(await system.status()) };
    const sent = OPERATIONS.reduce((sum, operation) => sum + (status.published[operation] ?? 0), 0);
    const settled = settledOf(status.group);
    tell.progress(`written ${count(ledger.written)}   published ${count(sent)}   handled ${count(ledger.handled)}`);
    const least = Math.min(ledger.handled, sent, settled);
    if (!isWriting() && least >= ledger.written) break;
    const now = [ledger.written, sent, ledger.seenInAll, settled, status.group?.retried].join();
    if (now !== before) [before, movedAt] = [now, performance.now()];
    if (performance.now() - movedAt > NO_PROGRESS_MS) break;
    await pause(ASK_EVERY_MS, signal);
  }
  await pause(SETTLE_MS, signal);
  return { ...status, ...known(await system.status()) };
}

/** An app that does not answer this time has not forgotten what it said the time before. */
function known(status) {
  return Object.fromEntries(Object.entries(status).filter(([, value]) => value !== undefined));
}
