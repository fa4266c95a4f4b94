import type { Barrier } from './barrier.js';

/** `pass`: its handlers have run, acknowledge it. `run`: this queue's owner runs them. */
export type BarrierMove = 'pass' | 'run' | 'wait';

/**
 * What the owner of a queue does at a control event that its queue has reached. The handlers are the first queue's
 * business: the broker sees to it that it has one active owner, and brings the event to the next one when that dies,
 * so that no claim with a deadline of our own is needed.
 */
export function barrierMove({ reached, done }: Barrier, queue: string, queues: readonly string[]): BarrierMove {
  if (done) return 'pass';
  return missingQueues(reached, queues).length === 0 && queue === queues[0] ? 'run' : 'wait';
}

/** Queues that have not reached it. */
export function missingQueues(reached: readonly string[], queues: readonly string[]): string[] {
  return queues.filter((queue) => !reached.includes(queue));
}

/**
 * Whether another stream's control event stands before this one in a queue that is waited for, and behind it in ours.
 * Two producers may publish at the same moment, and two queues then have their events in different orders. Only the
 * stream of a control event is held, so each queue comes to the other's event as well, as long as the prefetch lets it
 * see so far. Where it does not, the queues would wait for each other for ever: then it has to see further.
 */
export function isCrossed(own: Barrier, others: readonly Barrier[], queue: string, queues: readonly string[]): boolean {
  const missing = missingQueues(own.reached, queues);
  return others.some(
    ({ id, reached }) =>
      id.stream !== own.id.stream && !reached.includes(queue) && missing.some((other) => reached.includes(other)),
  );
}

const SEND_AGAIN_MS = 15_000;

/**
 * How long a control event waits for a queue before it is sent there again. A queue can lack it: it was deleted and
 * made again, or purged, or was not bound yet. One that is only slow gets a copy that it will pass, so the waits double.
 */
export function sendAgainAfterMs(sentAgain: number): number {
  return SEND_AGAIN_MS * 2 ** Math.min(sentAgain, 16);
}
