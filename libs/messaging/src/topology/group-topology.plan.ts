import { BUCKETS, bindingKeysOf, type TopologyNames } from '@sluice/contracts';
import { bucketsOf, deadLetterQueueArguments, partitionQueueArguments } from './partition.plan.js';

export interface ExchangePlan {
  readonly name: string;
  readonly type: 'topic' | 'direct' | 'fanout';
}

export interface QueuePlan {
  readonly name: string;
  readonly arguments: Readonly<Record<string, string | number | boolean>>;
}

/** Brings what an exchange gets under a key to a queue. */
export interface QueueBindingPlan {
  readonly queue: string;
  readonly exchange: string;
  readonly key: string;
}
/** The same to another exchange. */
export interface ExchangeBindingPlan {
  readonly toExchange: string;
  readonly exchange: string;
  readonly key: string;
}
export type BindingPlan = QueueBindingPlan | ExchangeBindingPlan;

export interface GroupTopologyPlan {
  readonly exchanges: readonly ExchangePlan[];
  /** Where dead letters end, and its binding: made first, so that nothing can be dead-lettered into the void. */
  readonly deadLetters: { readonly queue: QueuePlan; readonly binding: QueueBindingPlan };
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
      { name: names.controlExchange(group, generation), type: 'fanout' },
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
export function deadLetterBinding(names: TopologyNames, group: string): QueueBindingPlan {
  return { queue: names.deadLetterQueue(group), exchange: names.deadLetterExchange, key: group };
}

/** The bindings of a group's patterns: each brings a partition the buckets that are its own, and every control event. */
export function groupBindings(input: Omit<GroupTopologyInput, 'brokerMajor'>): BindingPlan[] {
  const { names, group, partitions, generation, patterns } = input;
  const ofDocuments = Array.from({ length: partitions }, (_, partition) => {
    const buckets = bucketsOf(partition, partitions, BUCKETS);
    const queue = names.partitionQueue(group, generation, partition);
    const keys = patterns.flatMap((pattern) => documentKeysOf(pattern, buckets));
    return keys.map((key) => ({ queue, exchange: names.exchange, key }));
  });
  return [...controlBindings(input), ...ofDocuments.flat()];
}

/**
 * By one exchange of the group's own, so that every queue gets a control event or none: it is bound to the events at
 * once, and unbound at once.
 */
function controlBindings(input: Omit<GroupTopologyInput, 'brokerMajor'>): BindingPlan[] {
  const { names, group, partitions, generation, patterns } = input;
  const control = names.controlExchange(group, generation);
  const queues = Array.from({ length: partitions }, (_, partition) =>
    names.partitionQueue(group, generation, partition),
  );
  return [
    ...queues.map((queue) => ({ queue, exchange: control, key: '' })),
    ...controlKeysOf(patterns).map((key) => ({ toExchange: control, exchange: names.exchange, key })),
  ];
}

/**
 * What groups of earlier versions were bound by: control events came to the first partition alone. To be unbound when
 * the group's own bindings stand.
 */
export function formerControlBindings(input: Omit<GroupTopologyInput, 'brokerMajor'>): BindingPlan[] {
  const { names, group, generation, patterns } = input;
  const queue = names.partitionQueue(group, generation, 0);
  return controlKeysOf(patterns).map((key) => ({ queue, exchange: names.exchange, key }));
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

function nameOf(binding: BindingPlan): string {
  const to = 'queue' in binding ? binding.queue : binding.toExchange;
  return `${binding.exchange} ${binding.key} ${to}`;
}

/** Keys without a bucket. */
function controlKeysOf(patterns: readonly string[]): string[] {
  return [...new Set(patterns.flatMap((pattern) => bindingKeysOf(pattern, [])))];
}

function documentKeysOf(pattern: string, buckets: readonly number[]): string[] {
  const ofControlEvents = new Set(bindingKeysOf(pattern, []));
  return bindingKeysOf(pattern, buckets).filter((key) => !ofControlEvents.has(key));
}
