import { existsSync, readFileSync } from 'node:fs';

/** Why the memory of other processes cannot be read here; undefined where it can. */
export const noProcessMemory = existsSync('/proc/self/status') ? undefined : 'there is no /proc on this system';

/** Resident memory of a process, now and at its highest, in bytes, as the kernel counts it. */
export function residentMemory(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return { now: bytesIn(status, 'VmRSS'), peak: bytesIn(status, 'VmHWM') };
}

function bytesIn(status: string, name: string): number {
  const kilobytes = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1];
  if (kilobytes === undefined) throw new Error(`/proc tells no ${name}: has the process ended?`);
  return Number(kilobytes) * 1024;
}
