/** `msg` of the log lines by which the demonstration's handler tells the ledger what it has seen. */
export const LEDGER_LINE = 'noted for the demonstration';
