import type { GroupAudit, GroupList, GroupRegisterResult, GroupStatus, OtherGroup } from '@sluice/contracts';
import { facts, table } from '../output/table.view.js';
import type { Terminal } from '../output/terminal.js';
import { ago, count, orUnknown, painted, paragraph, timeText } from '../output/text.view.js';

interface Around {
  readonly terminal: Terminal;
  readonly now: () => Date;
}

const ONE_LINE = { title: 'GROUP', isFlexible: true };

export function groupTable({ groups, others }: GroupList, around: Around): string {
  const { terminal } = around;
  const columns = [
    ONE_LINE,
    { title: 'STATE' },
    { title: 'READING' },
    { title: 'REPLICAS', isNumber: true },
    { title: 'WAITING', isNumber: true },
    { title: 'PARKED', isNumber: true },
    { title: 'DEAD', isNumber: true },
  ];
  const rows = groups.map((group) => [
    group.name,
    painted(terminal, group.state),
    painted(terminal, group.consuming),
    count(group.members.length),
    count(waiting(group)),
    count(group.parked),
    count(group.deadLetters.messages),
  ]);
  const below = groups.map((group) => explained(group, around)).join('');
  return table(columns, rows, terminal.width) + below + othersTable(others, around);
}

/** One group with its partitions: what `groups list` and the answers to pause and resume show. */
export function groupDetail(group: GroupStatus, { terminal, now }: Around): string {
  const pairs: [string, string][] = [
    ['group', group.name],
    ['state', `${painted(terminal, group.state)}, revision ${group.revision}, generation ${group.generation}`],
    ['this replica', painted(terminal, group.consuming)],
    ...(group.pause === null ? [] : [['paused', pauseText(group.pause, now())] as [string, string]]),
    ['patterns', group.patterns.join(', ')],
    ['waiting', count(waiting(group))],
    ['parked', count(group.parked)],
    ['dead letters', count(group.deadLetters.messages)],
    ...group.members.map(({ id, lastSeen, partitions }): [string, string] => [
      'replica',
      `${id}, seen ${ago(lastSeen, now())}, partitions ${partitions.join(' ') || '-'}`,
    ]),
    ...(group.next === null ? [] : [['being changed', nextText(group.next)] as [string, string]]),
  ];
  const tables = [partitionTable(group, terminal), mirrorTable(group, terminal)].filter((each) => each !== '');
  return [facts(pairs, terminal.width), ...tables].join('\n');
}

function partitionTable({ queues }: GroupStatus, terminal: Terminal): string {
  const rows = queues.map(({ name, messages, consumers, holder, oldestEventAgeSeconds: age }) => [
    name,
    count(messages),
    count(consumers),
    age === null ? orUnknown(null) : `${Math.round(age)} s`,
    orUnknown(holder),
  ]);
  const columns = [
    { title: 'QUEUE', isFlexible: true },
    { title: 'WAITING', isNumber: true },
    { title: 'CONSUMERS', isNumber: true },
    { title: 'OLDEST', isNumber: true },
    { title: 'READ BY', isFlexible: true },
  ];
  return table(columns, rows, terminal.width);
}

function mirrorTable({ mirrors }: GroupStatus, terminal: Terminal): string {
  if (mirrors.length === 0) return '';
  const rows = mirrors.map(({ name, from, written, repeated, overtaken, refused }) => {
    return [name, from, ...[written, repeated, overtaken, refused].map((number) => count(number))];
  });
  const counts = ['WRITTEN', 'REPEATED', 'OVERTAKEN', 'REFUSED'].map((title) => ({ title, isNumber: true }));
  return table([{ title: 'MIRROR', isFlexible: true }, { title: 'OF' }, ...counts], rows, terminal.width);
}

/** What a change of the register did, or would do. */
export function registerResult(result: GroupRegisterResult, { terminal }: Around): string {
  const { name, isApplied, state, revision, queues, records } = result;
  const done = isApplied ? `group "${name}" is ${state}` : `dry run: group "${name}" would be ${state}`;
  const rows = queues.map(({ name: queue, messages, isDeleted }) => [
    queue,
    count(messages),
    isDeleted ? (isApplied ? 'deleted' : 'would be deleted') : 'stays',
  ]);
  const columns = [{ title: 'QUEUE', isFlexible: true }, { title: 'MESSAGES', isNumber: true }, { title: '' }];
  const below = rows.length === 0 ? '' : `\n${table(columns, rows, terminal.width)}`;
  const kept = records.filter(({ count: number }) => number > 0);
  const removed = kept.map(({ collection, count: number }) => `${count(number)} of ${collection}`).join(', ');
  const told = removed === '' ? '' : `\nrecords ${isApplied ? 'removed' : 'that would be removed'}: ${removed}\n`;
  return `${paragraph(`${done} (revision ${revision})`, terminal.width)}${below}${told}`;
}

export function groupHistory({ changes }: GroupAudit, { terminal }: Around): string {
  if (changes.length === 0) return 'nobody has changed it\n';
  const columns = [{ title: 'AT' }, { title: 'BY' }, { title: 'WHAT' }, { title: 'WHY', isFlexible: true }];
  const rows = changes.map(({ at, by, request, reason }) => [timeText(at), orUnknown(by), request, orUnknown(reason)]);
  return table(columns, rows, terminal.width);
}

/** What is registered beside the group of the consumer that was asked. */
export function othersTable(others: readonly OtherGroup[] | null, { terminal, now }: Around): string {
  if (others === null) return '\nother groups are not known: the state database is away\n';
  if (others.length === 0) return '';
  const columns = [
    { title: 'OTHER GROUP', isFlexible: true },
    { title: 'KIND' },
    { title: 'STATE' },
    { title: 'REPLICAS', isNumber: true },
    { title: 'QUEUES', isNumber: true },
    { title: 'SEEN' },
  ];
  const rows = others.map(({ name, kind, state, members, queues, memberSeenAt }) => [
    name,
    kind,
    painted(terminal, state),
    kind === 'foreign' ? orUnknown(null) : count(members),
    count(queues.length),
    ago(memberSeenAt, now()),
  ]);
  return `\n${table(columns, rows, terminal.width)}`;
}

/** Who keeps a group from going on, below the table. */
function explained({ name, pause }: GroupStatus, { terminal, now }: Around): string {
  return pause === null ? '' : `\n${paragraph(`${name}: paused ${pauseText(pause, now())}`, terminal.width)}`;
}

function waiting({ queues }: GroupStatus): number {
  return queues.reduce((sum, { messages }) => sum + messages, 0);
}

function nextText({ partitions, generation, step }: NonNullable<GroupStatus['next']>): string {
  return `to ${partitions} partitions, generation ${generation}: ${step}`;
}

function pauseText({ since, by, reason }: NonNullable<GroupStatus['pause']>, now: Date): string {
  const who = by === null ? '' : ` by ${by}`;
  return `${ago(since, now)}${who}${reason === null ? '' : `: ${reason}`}`;
}
