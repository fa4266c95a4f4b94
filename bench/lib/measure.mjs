import { nowMs } from './clock.mjs';
import { pause } from './pause.mjs';
import { cpuMicroseconds } from './process-figures.mjs';

const POLL_MS = 10;
const STUCK_MS = 60_000;
/** From the start of a contender to its first event. */
const START_MS = 120_000;
/** Where measuring begins, as a share of all events: start-up, first connections and the window of one are over then. */
const WARM = 0.1;
const TOO_FEW = 'was done before it could be measured: ask for more --events';
const stoodStill = (count, limitMs) => `stood still at ${count} events for the ${limitMs / 1_000} s of its measuring`;
/** One that is so slow that this share would take long is warm after half of the time that it is measured for. */
const WARM_TIME = 0.5;

/**
 * Waits until `fits(done)` and answers how many events were done, and when. `done` is counted 100 times a second; a
 * contender that does nothing for a minute is given up, one that ends by itself ends the wait.
 */
export async function reached(fits, { done, processes, signal, onDone = () => undefined, stuckMs = STUCK_MS }) {
  const stop = AbortSignal.any([signal, ...processes.map((process) => process.signal)]);
  let last = -1;
  let movedAt = nowMs();
  for (;;) {
    stop.throwIfAborted();
    const count = await done();
    const at = nowMs();
    onDone(count);
    if (fits(count, at)) return { count, at };
    if (count !== last) movedAt = at;
    else if (at - movedAt > stuckMs) throw new Error(`stands still at ${count} events`);
    last = count;
    await pause(POLL_MS, stop);
  }
}

/**
 * One run: from the first tenth to the end, or until it has been measured for `limitMs`. Events a second, CPU of the
 * contender's processes and of the servers per event, and what the processes' memory came to at its highest.
 * `onMeasured` is told from when to when.
 */
export async function measuredRun({ total, limitMs, processes, servers, onMeasured = () => undefined, ...counting }) {
  const cpu = (moment) => ({
    ...moment,
    own: sum(processes.map((process) => process.cpuMicroseconds())),
    broker: cpuMicroseconds(servers.rabbitmq.pid()),
    mongodb: cpuMicroseconds(servers.mongodb.pid()),
  });
  const options = { ...counting, processes };
  const first = await reached((count) => count > 0, { ...options, stuckMs: START_MS });
  const isWarm = (count, at) => count >= total * WARM || at - first.at > limitMs * WARM_TIME;
  const from = cpu(await reached(isWarm, options));
  const isOver = (count, at) => count >= total || at - from.at > limitMs;
  const to = cpu(await reached(isOver, options));
  const events = to.count - from.count;
  onMeasured({ fromMs: from.at, toMs: to.at });
  if (events <= 0) throw new Error(from.count >= total ? TOO_FEW : stoodStill(from.count, limitMs));
  return {
    eventsPerSecond: events / ((to.at - from.at) / 1000),
    cpuMicrosecondsPerEvent: (to.own - from.own) / events,
    brokerMicrosecondsPerEvent: (to.broker - from.broker) / events,
    mongodbMicrosecondsPerEvent: (to.mongodb - from.mongodb) / events,
    peakMegabytes: sum(processes.map((process) => process.memory().peak)),
    events,
  };
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
