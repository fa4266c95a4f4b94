import { readFileSync } from 'node:fs';

/** How many files and sockets a program may have open; Node raises its own limit to the hard one by itself. */
export function openFilesAllowed() {
  const [, , hard] = /^Max open files\s+(\S+)\s+(\S+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
  return hard === 'unlimited' ? Infinity : Number(hard);
}
