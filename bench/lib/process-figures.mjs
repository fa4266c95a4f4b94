import { readdirSync, readFileSync } from 'node:fs';

/** The kernel's clock ticks; 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
const UTIME = 11;
const STIME = 12;

/**
 * CPU that a process has used so far, in µs, all its threads together. The scheduler knows it by the nanosecond of the
 * threads that live, where it keeps statistics; the clock ticks, a hundredth of a second each, have those that ended too.
 */
export function cpuMicroseconds(pid) {
  return Math.max(ofLivingThreads(pid), inTicks(pid));
}

/** https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat */
function ofLivingThreads(pid) {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + Number(threadStatistics(pid, thread).split(' ')[0]), 0) / 1_000;
}

function threadStatistics(pid, thread) {
  try {
    return readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1');
  } catch (error) {
    if (error.code === 'ENOENT' || error.code === 'ESRCH') return '0'; // it has ended, or the kernel keeps none
    throw error;
  }
}

function inTicks(pid) {
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
