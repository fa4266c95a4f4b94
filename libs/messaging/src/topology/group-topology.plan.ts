import { BUCKETS, bindingKeysOf, type TopologyNames } from '@sluice/contracts';
import { bucketsOf, deadLetterQueueArguments, partitionQueueArguments } from './partition.plan.js';

export interface ExchangePlan {
  readonly name: string;
  readonly type: 'topic' | 'direct';
}

export interface QueuePlan {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
}

export interface BindingPlan {
  readonly queue: string;
  readonly exchange: string;
  readonly key: string;
}

export interface GroupTopologyPlan {
  readonly exchanges: readonly ExchangePlan[];
  /** Where dead letters end, and its binding: made first, so that nothing can be dead-lettered into the void. */
  readonly deadLetters: { readonly queue: QueuePlan; readonly binding: BindingPlan };
  /** By partition. */
  readonly partitions: readonly QueuePlan[];
  readonly bindings: readonly BindingPlan[];
}

export interface GroupTopologyInput {
  readonly names: TopologyNames;
  readonly group: string;
  readonly partitions: number;
  readonly generation: number;
  readonly patterns: readonly string[];
  /** First number of the broker's version. */
  readonly brokerMajor: number;
}

/** Everything a group needs on the broker. */
export function groupTopologyPlan(input: GroupTopologyInput): GroupTopologyPlan {
  const { names, group, partitions, generation, brokerMajor } = input;
  const queueArguments = partitionQueueArguments(names.deadLetterExchange, group, brokerMajor);
  return {
    exchanges: [
      { name: names.exchange, type: 'topic' },
      { name: names.deadLetterExchange, type: 'direct' },
    ],
    deadLetters: {
      queue: { name: names.deadLetterQueue(group), arguments: deadLetterQueueArguments(brokerMajor) },
      binding: deadLetterBinding(names, group),
    },
    partitions: Array.from({ length: partitions }, (_, partition) => ({
      name: names.partitionQueue(group, generation, partition),
      arguments: queueArguments,
    })),
    bindings: groupBindings(input),
  };
}

/** The binding that brings a group its dead letters. */
export function deadLetterBinding(names: TopologyNames, group: string): BindingPlan {
  return { queue: names.deadLetterQueue(group), exchange: names.deadLetterExchange, key: group };
}

/** The bindings of a group's patterns: each brings a partition the buckets that are its own. */
export function groupBindings(input: Omit<GroupTopologyInput, 'brokerMajor'>): BindingPlan[] {
  const { names, group, partitions, generation, patterns } = input;
  return Array.from({ length: partitions }, (_, partition) => {
    const buckets = bucketsOf(partition, partitions, BUCKETS);
    const queue = names.partitionQueue(group, generation, partition);
    const keys = patterns.flatMap((pattern) => keysOf(pattern, partition, buckets));
    return keys.map((key) => ({ queue, exchange: names.exchange, key }));
  }).flat();
}

/**
 * Bindings of `retired` patterns that none of the group's own patterns needs. Patterns can share keys: two with
 * wildcards inside a collection's name share those of the database's over-long collections.
 */
export function retiredBindings(
  input: Omit<GroupTopologyInput, 'brokerMajor'>,
  retired: readonly string[],
): BindingPlan[] {
  const kept = new Set(groupBindings(input).map(nameOf));
  return groupBindings({ ...input, patterns: retired }).filter((binding) => !kept.has(nameOf(binding)));
}

function nameOf({ queue, key }: BindingPlan): string {
  return `${queue} ${key}`;
}

/** A control event has no bucket; one partition takes it, else it would be handled as often as there are partitions. */
function keysOf(pattern: string, partition: number, buckets: readonly number[]): string[] {
  if (partition === 0) return bindingKeysOf(pattern, buckets);
  const ofControlEvents = new Set(bindingKeysOf(pattern, []));
  return bindingKeysOf(pattern, buckets).filter((key) => !ofControlEvents.has(key));
}
