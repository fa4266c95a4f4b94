import { LEDGER_LINE } from './ledger-line.mjs';

const INFO = 30;
/** Of each handler while a whole data set is on its way: enough to see that it is called. */
const FIRST_LINES = 3;
/** What the sample (show-changes.handler.ts) says of every change, and the screen says already. */
const SAMPLE_LINE = 'change handled';

/** What the user's handlers log, for the screen: the first lines of each at once, all of them after `showAll`. */
export class HandlerLines {
  #counts = new Map();
  #showsAll = false;

  showAll() {
    this.#showsAll = true;
  }

  /** Takes an entry of the consumer's log; answers the line to show, undefined for none. */
  take(entry) {
    const { handler, level, msg, err } = entry;
    if (typeof handler !== 'string' || level < INFO || msg === LEDGER_LINE || msg === SAMPLE_LINE) return undefined;
    const count = (this.#counts.get(handler) ?? 0) + 1;
    this.#counts.set(handler, count);
    if (!this.#showsAll && count > FIRST_LINES) return undefined;
    return `${handler}: ${msg ?? ''}${err?.message ? ` (${err.message})` : ''}`;
  }

  /** Handlers of which more was logged than shown, with their number of lines. */
  get shortened() {
    return [...this.#counts].filter(([, count]) => count > FIRST_LINES);
  }
}
