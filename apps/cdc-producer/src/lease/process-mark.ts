import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names one process for whoever runs on the same machine, in the same boot and process namespace. */
export interface ProcessMark {
  readonly host: string;
  readonly bootId: string;
  /** Containers share a boot, and each counts its processes from 1. */
  readonly namespace: string;
  readonly pid: number;
  /** Ticks from boot to its start: a process id is used again. */
  readonly startTicks: string;
}

/** This process; null where it cannot be told (no Linux, or a `/proc` of another namespace). */
export function ownProcessMark(): ProcessMark | null {
  try {
    if (readlinkSync('/proc/self') !== String(process.pid)) return null;
    return {
      host: hostname(),
      bootId: readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(),
      namespace: readlinkSync('/proc/self/ns/pid'),
      pid: process.pid,
      startTicks: statOf(process.pid).startTicks,
    };
  } catch {
    return null; // whoever cannot be looked up is waited for
  }
}

/**
 * Whether a process has ended for certain, seen from `own`. Whatever cannot be told counts as alive: a stopped process
 * goes on later, and one that is only hidden from us publishes all the while.
 */
export function isGone(mark: ProcessMark, own: ProcessMark | null): boolean {
  if (own?.host !== mark.host || own.bootId !== mark.bootId || own.namespace !== mark.namespace) return false;
  if (!exists(mark.pid)) return true;
  try {
    const { state, startTicks } = statOf(mark.pid);
    return startTicks !== mark.startTicks || state === 'Z' || state === 'X';
  } catch {
    return false; // hidden, or ending just now
  }
}

/** Signal 0 reaches nobody: https://man7.org/linux/man-pages/man2/kill.2.html. Not fooled by a `/proc` with hidepid. */
function exists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

/** Fields 3 and 22 of https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html; the name in between may hold anything. */
function statOf(pid: number): { state: string; startTicks: string } {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, startTicks] = [fields[0], fields[19]];
  if (state === undefined || startTicks === undefined) throw new Error(`/proc/${pid}/stat has an unknown layout`);
  return { state, startTicks };
}
