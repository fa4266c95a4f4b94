/** Milliseconds on the kernel's monotonic clock: the same for every process of the machine, and never set back. */
export function nowMs() {
  return Number(process.hrtime.bigint()) / 1e6;
}
