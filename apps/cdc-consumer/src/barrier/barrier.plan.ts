import type { Barrier } from './barrier.js';

/**
 * `pass`: its handlers have run, acknowledge it. `run`: this queue's owner runs them. `over`: this queue's next generation
 * has it, and what is behind it of its stream.
 */
export type BarrierMove = 'pass' | 'run' | 'wait' | 'over';

/** The queues that a control event came to, as one of their owners sees them. */
export interface BarrierSight {
  readonly queue: string;
  readonly queues: readonly string[];
  /** Of them those that are read to their marks, or gone: the number of partitions is being changed. */
  readonly ended: readonly string[];
  /** The event came to `queue` behind the mark that says that the next generation has it too. */
  readonly isDoubled: boolean;
}

/**
 * What the owner of a queue does at a control event that its queue has reached. The handlers are the first queue's
 * business: the broker sees to it that it has one active owner, and brings the event to the next one when that dies,
 * so that no claim with a deadline of our own is needed.
 *
 * A queue that has ended without it had its mark before it. Passed here and handled in the next generation, the event
 * would come late: after what is behind it in this queue, whose repeat a `once` handler does not take any more. So the
 * stream ends here as well (docs/adr/0007-repartition-by-a-mark.md). Where the next generation may not have it, the
 * ended queue has lost it, and is not waited for.
 */
export function barrierMove({ reached, done }: Barrier, sight: BarrierSight): BarrierMove {
  if (done) return 'pass';
  const { queue, queues, ended, isDoubled } = sight;
  if (isDoubled && ended.some((each) => !reached.includes(each))) return 'over';
  const isFirst = queue === queues.find((each) => !ended.includes(each));
  return isFirst && awaitedQueues(reached, sight).length === 0 ? 'run' : 'wait';
}

/** Queues that have not reached it, and still can. */
export function awaitedQueues(
  reached: readonly string[],
  { queues, ended }: Pick<BarrierSight, 'queues' | 'ended'>,
): string[] {
  return queues.filter((queue) => !reached.includes(queue) && !ended.includes(queue));
}

/**
 * Whether another stream's control event stands before this one in a queue that is waited for, and behind it in ours.
 * Two producers may publish at the same moment, and two queues then have their events in different orders. Only the
 * stream of a control event is held, so each queue comes to the other's event as well, as long as the prefetch lets it
 * see so far. Where it does not, the queues would wait for each other for ever: then it has to see further.
 */
export function isCrossed(own: Barrier, others: readonly Barrier[], sight: BarrierSight): boolean {
  const awaited = awaitedQueues(own.reached, sight);
  return others.some(
    ({ id, reached }) =>
      id.stream !== own.id.stream && !reached.includes(sight.queue) && awaited.some((other) => reached.includes(other)),
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
