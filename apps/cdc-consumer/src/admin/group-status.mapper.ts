import type { Assignment, GroupStatus } from '@sluice/contracts';
import type { HandlerDescription, MirrorDescription } from '@sluice/handlers';
import type { ConsumerCounters, ConsumingState } from '@sluice/messaging';
import type { EventCounters } from '../consume/event.counters.js';
import type { Consumption } from '../group/consumption.policy.js';
import type { FoundQueue } from '../group/group.topology.js';
import type { StoredGroup } from '../group/stored-group.js';
import { ageSeconds } from '../lost-queue/handled.positions.js';

export interface GroupFacts {
  readonly name: string;
  readonly registration: StoredGroup | undefined;
  readonly consumption: Consumption | undefined;
  readonly consuming: ConsumingState;
  readonly ownPartitions: readonly number[];
  /** Which member each partition belongs to. */
  readonly owners: Assignment<number>;
  /** Those that are there. */
  readonly queues: readonly FoundQueue[];
  /** By queue: the member that has it, or had it and was killed. */
  readonly holders: ReadonlyMap<string, string>;
  /** The oldest open event of each of this replica's queues, as it is now and not as its last heartbeat said. */
  readonly ownOldest: ReadonlyMap<string, Date>;
  readonly memberId: string;
  readonly nowMs: number;
  readonly lostQueues: readonly { readonly queue: string; readonly times: number; readonly lastAt: Date }[];
  readonly deadLetters: GroupStatus['deadLetters'];
  readonly parked: number;
  readonly received: ConsumerCounters;
  readonly events: EventCounters;
  readonly handlers: readonly HandlerDescription[];
  readonly mirrors: readonly MirrorDescription[];
}

/** A group as the admin HTTP shows it; before the first registration with nothing in it. */
export function groupStatus(facts: GroupFacts): GroupStatus {
  const { name, registration, received, events } = facts;
  return {
    name,
    state: registration?.state ?? 'joining',
    consuming: facts.consumption === 'outdated' ? 'stopped' : facts.consuming,
    pause: pauseOf(registration),
    partitions: registration?.partitions ?? 0,
    generation: registration?.generation ?? 0,
    revision: registration?.revision ?? 0,
    next: nextOf(registration),
    patterns: registration?.patterns ?? [],
    members: (registration?.members ?? []).map(({ id, lastSeen }) => {
      return { id, lastSeen: lastSeen.toISOString(), partitions: partitionsOf(id, facts.owners) };
    }),
    ownPartitions: [...facts.ownPartitions],
    queues: queuesOf(facts),
    lostQueues: facts.lostQueues.map(({ lastAt, ...lost }) => ({ ...lost, lastAt: lastAt.toISOString() })),
    deadLetters: facts.deadLetters,
    parked: facts.parked,
    counters: {
      received: received.received,
      redelivered: received.redelivered,
      handled: events.handled,
      retried: events.retried,
      deadLettered: events.deadLettered,
      unmatched: events.unmatched,
      fenced: events.fenced,
    },
    handlers: facts.handlers.map(({ name: handler, patterns }) => {
      return { name: handler, patterns: [...patterns], ...events.ofHandler(handler) };
    }),
    mirrors: facts.mirrors.map((mirror) => ({ ...mirror })),
  };
}

function queuesOf(facts: GroupFacts): GroupStatus['queues'] {
  const { queues, registration, holders } = facts;
  const members = new Set(registration?.members.map(({ id }) => id));
  return queues.map(({ name, messages, consumers }) => {
    const holder = holders.get(name) ?? '';
    return {
      name,
      partition: registration?.queues.indexOf(name) ?? -1,
      messages,
      consumers,
      holder: members.has(holder) ? holder : null,
      oldestEventAgeSeconds: oldestAge(name, holder, facts),
    };
  });
}

/** As its holder said with its last heartbeat; this replica says it of its own queues at once. */
function oldestAge(queue: string, holder: string, facts: GroupFacts): number | null {
  const { ownOldest, memberId, registration, nowMs } = facts;
  const other = registration?.members.find(({ id }) => id === holder && id !== memberId);
  const at = ownOldest.get(queue) ?? other?.oldest?.find((each) => each.queue === queue)?.at;
  return ageSeconds(at, nowMs) ?? null;
}

function partitionsOf(member: string, owners: Assignment<number>): number[] {
  return [...owners].filter(([, owner]) => owner === member).map(([partition]) => partition);
}

/** Of a pause that an older version has noted, nothing more is known. */
function pauseOf(registration: StoredGroup | undefined): GroupStatus['pause'] {
  const pause = registration?.paused === true ? registration.pause : null;
  return pause === null ? null : { ...pause, since: pause.since.toISOString() };
}

function nextOf(registration: StoredGroup | undefined): GroupStatus['next'] {
  const next = registration?.next ?? null;
  if (next === null) return null;
  const { partitions, generation, step, ended } = next;
  return { partitions, generation, step, ended };
}
