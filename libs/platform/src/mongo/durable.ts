/**
 * The write concern for what must survive a fail-over and a server's crash. Taken back, such a write would give one
 * stream to two producers, lose an acknowledged message's only copy, or leave a message that refers to nothing.
 */
export const DURABLE = { w: 'majority', j: true } as const;

/** Reads only what no fail-over takes back. */
export const MAJORITY_READ = { readConcern: { level: 'majority' } } as const;
