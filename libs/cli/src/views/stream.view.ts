import type { StreamStatus } from '@sluice/contracts';
import type { Terminal } from '../output/terminal.js';
import { facts, table } from '../output/table.view.js';
import { ago, count, duration, orUnknown, painted, paragraph, timeText } from '../output/text.view.js';

interface Around {
  readonly terminal: Terminal;
  readonly now: () => Date;
}

/** States that say all by themselves. */
const PLAIN: readonly StreamStatus['state'][] = ['running'];

export function streamTable(streams: readonly StreamStatus[], { terminal, now }: Around): string {
  const columns = [
    { title: 'STREAM', isFlexible: true },
    { title: 'STATE' },
    { title: 'LAST EVENT' },
    { title: 'HEADROOM' },
    { title: 'PUBLISHED', isNumber: true },
    { title: 'IN FLIGHT', isNumber: true },
    { title: 'PARKED', isNumber: true },
  ];
  const rows = streams.map((stream) => [
    stream.name,
    painted(terminal, stream.state),
    ago(stream.position.clusterTime, now()),
    duration(stream.oplogHeadroomSeconds),
    count(stream.counters.published),
    count(stream.inFlight.events),
    count(stream.parked),
  ]);
  return table(columns, rows, terminal.width) + streams.map((stream) => explained(stream, { terminal, now })).join('');
}

export function streamDetail(stream: StreamStatus, { terminal, now }: Around): string {
  const { position, counters, inFlight, lastError } = stream;
  const since = `${painted(terminal, stream.state)}, since ${timeText(stream.since)} (${ago(stream.since, now())})`;
  const pairs: [string, string][] = [
    ['stream', stream.name],
    ['state', since],
    ...(stream.reason === undefined ? [] : [['reason', stream.reason] as [string, string]]),
    ['scope', stream.scope],
    [
      'held by',
      `${orUnknown(stream.holder)}${stream.leaseUntil === null ? '' : `, until ${timeText(stream.leaseUntil)}`}`,
    ],
    ['last event', `${timeText(position.clusterTime)}  ${position.last ?? ''}`],
    ['read to', timeText(position.readTo)],
    ['behind the source', duration(stream.lagSeconds)],
    ['saved', ago(position.savedAt, now())],
    ['oplog headroom', duration(stream.oplogHeadroomSeconds)],
    ['published', `${count(counters.published)}${byOperation(counters.confirmedByOperation)}`],
    ['in flight', `${count(inFlight.events)} events, ${count(inFlight.bytes)} bytes`],
    ['parked', count(stream.parked)],
    ['returned', count(counters.returned)],
    ['sent again', count(counters.resent)],
    ['reopened', count(counters.reopened)],
    ['gaps', count(counters.gaps)],
    ...(lastError === null
      ? []
      : [['last error', `${lastError.code}, ${ago(lastError.at, now())}`] as [string, string]]),
  ];
  return (
    facts(pairs, terminal.width) + (lastError === null ? '' : `\n${paragraph(lastError.message, terminal.width, '')}`)
  );
}

/** Why a stream is not running, below the table. */
function explained({ name, state, since, reason, lastError }: StreamStatus, { terminal, now }: Around): string {
  if (PLAIN.includes(state)) return '';
  const why = reason ?? (lastError === null ? undefined : `${lastError.code}  ${lastError.message}`);
  const text = `${name}: ${state}, since ${ago(since, now())}${why === undefined ? '' : `: ${why}`}`;
  return `\n${paragraph(text, terminal.width)}`;
}

function byOperation(counters: Readonly<Record<string, number>>): string {
  const parts = Object.entries(counters).filter(([, value]) => value > 0);
  return parts.length === 0 ? '' : ` (${parts.map(([name, value]) => `${name} ${count(value)}`).join(', ')})`;
}
