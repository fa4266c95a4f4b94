import type { Repartition, StreamSettlement, TopologyNames } from '@sluice/contracts';
import type { StoredGroup } from './stored-group.js';

/** What brings a group's repartition on. Each may be done again, by anybody, after a crash at any point. */
export type RepartitionStep =
  | { readonly do: 'nothing' }
  /** Declare and bind the new queues. */
  | { readonly do: 'bind'; readonly next: Repartition }
  /** Put the marks into the old queues. */
  | { readonly do: 'mark'; readonly next: Repartition }
  /** Read the new queues in place of the old ones. */
  | { readonly do: 'switch'; readonly next: Repartition }
  /** Delete the old queues. */
  | { readonly do: 'remove'; readonly queues: readonly string[] }
  | { readonly do: 'wait'; readonly why: string };

/** What can be done now. `nowMs`: the server's time. */
export function repartitionStep(
  group: Pick<StoredGroup, 'next' | 'former' | 'queues' | 'state' | 'revision'>,
  { streams, membersBehind, nowMs }: { streams: readonly StreamSettlement[]; membersBehind: string[]; nowMs: number },
): RepartitionStep {
  const { next, former, queues } = group;
  if (former.length > 0) {
    if (membersBehind.length > 0)
      return { do: 'wait', why: `${membersBehind.join(', ')} may still read the old queues` };
    return { do: 'remove', queues: former };
  }
  if (next === null) return { do: 'nothing' };
  if (group.state !== 'bound') return { do: 'wait', why: 'the group is joining' };
  if (next.step === 'binding') return { do: 'bind', next };
  if (next.step === 'settling') {
    const unsettled = streams.filter((stream) => mayStillSend(stream, nowMs) && !hasSettled(stream, next.id));
    if (unsettled.length === 0) return { do: 'mark', next };
    return { do: 'wait', why: `stream ${unsettled.map(({ _id }) => _id).join(', ')} has not settled yet` };
  }
  const left = queues.filter((_, partition) => !next.ended.includes(partition));
  if (left.length === 0) return { do: 'switch', next };
  return { do: 'wait', why: `${left.join(', ')} ${left.length === 1 ? 'is' : 'are'} not read to the end yet` };
}

/**
 * Whether something may come to the queues that was sent before the new ones were bound, and be confirmed. Of a stream
 * that nobody holds all is confirmed, or is sent again when it is taken the next time: to the new queues as well.
 */
function mayStillSend({ holder, leaseUntil }: StreamSettlement, nowMs: number): boolean {
  return holder !== null && (leaseUntil === null || leaseUntil.getTime() > nowMs);
}

function hasSettled({ settled }: StreamSettlement, repartition: string): boolean {
  return Object.values(settled).includes(repartition);
}

/** The next generation of a group, to be bound. */
export function repartitionOf(
  group: Pick<StoredGroup, '_id' | 'generation'>,
  { id, partitions, names }: { id: string; partitions: number; names: TopologyNames },
): Repartition {
  const generation = group.generation + 1;
  const queues = Array.from({ length: partitions }, (_, index) => names.partitionQueue(group._id, generation, index));
  return { id, partitions, generation, queues, step: 'binding', ended: [] };
}

/** Old queues that are read to their marks, or gone. */
export function endedQueues({ queues, next }: Pick<StoredGroup, 'queues' | 'next'>): string[] {
  return (next?.ended ?? []).flatMap((partition) => queues[partition] ?? []);
}

/**
 * Whether a mark of the repartition `id` in this queue counts: the repartition is under way, or is over, and the queue
 * is of an old generation whose mark comes again. In any other queue it was left by an earlier group of the same name.
 */
export function isMarkValid({ queues, next }: Pick<StoredGroup, 'queues' | 'next'>, id: string, queue: string) {
  return next?.id === id || !queues.includes(queue);
}

/** The queue of a bucket for a message that comes by no exchange: one that will be read to the end. */
export function queueOfBucket(group: Pick<StoredGroup, 'queues' | 'next'>, bucket: number): string | undefined {
  const queues = lastingQueues(group);
  return queues[bucket % queues.length];
}

/**
 * Queues of which no mark ends the reading as things stand. What is in another one may be behind its mark, and would go
 * with it.
 */
export function lastingQueues({ queues, next }: Pick<StoredGroup, 'queues' | 'next'>): readonly string[] {
  return next === null || next.step === 'binding' ? queues : next.queues;
}

/** The generations whose queues take the group's events. */
export function boundGenerations({
  partitions,
  generation,
  next,
}: Pick<StoredGroup, 'partitions' | 'generation' | 'next'>) {
  const current = { partitions, generation };
  if (next === null || next.step === 'binding') return [current];
  return next.step === 'settling' ? [next, current] : [next];
}
