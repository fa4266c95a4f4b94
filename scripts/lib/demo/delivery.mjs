import { pause } from '../abort.mjs';
import { OPERATIONS } from './ledger.mjs';

/** How long nothing at all may move before the rest counts as missing. There is no limit on the whole. */
const NO_PROGRESS_MS = 60_000;
const ASK_EVERY_MS = 250;
/** Once everything is handled, strangers and repeats still get this long to show themselves. */
const SETTLE_MS = 1_000;

/**
 * Waits until every change in the ledger is published and handled, or nothing has moved for a minute. Answers the
 * producer's counts. `isWriting` tells whether more is to come.
 */
export async function waitForDelivery({ ledger, system, isWriting, tell, signal }) {
  let published = {};
  let before = '';
  let movedAt = performance.now();
  for (;;) {
    published = (await system.publishedByOperation()) ?? published;
    const sent = OPERATIONS.reduce((sum, operation) => sum + (published[operation] ?? 0), 0);
    tell.progress(`written ${ledger.written}   published ${sent}   handled ${ledger.handled}`);
    if (!isWriting() && ledger.handled >= ledger.written && sent >= ledger.written) break;
    const now = [ledger.written, sent, ledger.seenInAll].join();
    if (now !== before) [before, movedAt] = [now, performance.now()];
    if (performance.now() - movedAt > NO_PROGRESS_MS) break;
    await pause(ASK_EVERY_MS, signal);
  }
  await pause(SETTLE_MS, signal);
  return published;
}
