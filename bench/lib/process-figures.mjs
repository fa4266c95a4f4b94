import { readFileSync } from 'node:fs';

/** The kernel's clock ticks; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const UTIME = 11;
const STIME = 12;

/** CPU that a process has used so far, in µs, all its threads together. */
export function cpuMicroseconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return ((Number(fields[UTIME]) + Number(fields[STIME])) / TICKS_PER_SECOND) * 1e6;
}

/** Resident memory of a process, now and at its highest, in MB. */
export function residentMegabytes(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return { now: megabytesIn(status, 'VmRSS'), peak: megabytesIn(status, 'VmHWM') };
}

function megabytesIn(status, name) {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)[1]) / 1024;
}
