import { openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { nowMs } from './clock.mjs';

/** Two doubles: the event's number, and when it was noted. */
const FIELDS = 2;
const RECORD_BYTES = FIELDS * 8;
const BUFFERED = 256;
const FLUSH_MS = 10;

/** Which event was there when: written by the measured programs, read by the bench. Costs well under a microsecond an event. */
export class EventLog {
  constructor(file) {
    this.fd = openSync(file, 'a');
    this.records = new Float64Array(BUFFERED * FIELDS);
    this.used = 0;
    process.on('exit', () => this.flush());
  }

  /** The log that the environment asks for, if it does. */
  static fromEnvironment() {
    const file = process.env['BENCH_LOG'];
    return file === undefined ? undefined : new EventLog(file);
  }

  note(n, at = nowMs()) {
    if (this.used === 0) setTimeout(() => this.flush(), FLUSH_MS).unref();
    this.records[this.used] = n;
    this.records[this.used + 1] = at;
    this.used += FIELDS;
    if (this.used === this.records.length) this.flush();
  }

  flush() {
    if (this.used > 0) writeSync(this.fd, this.records.subarray(0, this.used));
    this.used = 0;
  }
}

/** How many records a log has so far; none while there is no file. */
export function loggedEvents(file) {
  return Math.floor((statSync(file, { throwIfNoEntry: false })?.size ?? 0) / RECORD_BYTES);
}

/** When each event was noted first, by its number. */
export function readEventLog(file) {
  const first = new Map();
  for (const [n, at] of readEventPairs(file)) if (!first.has(n)) first.set(n, at);
  return first;
}

/** Every record, as it was noted. */
export function readEventPairs(file) {
  const { buffer, byteOffset, byteLength } = Uint8Array.from(readFileSync(file));
  const length = Math.floor(byteLength / RECORD_BYTES);
  const values = new Float64Array(buffer, byteOffset, length * FIELDS);
  return Array.from({ length }, (_, index) => [values[index * FIELDS], values[index * FIELDS + 1]]);
}
