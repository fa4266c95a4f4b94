import type {
  CountedEvents,
  PositionAuditPage,
  PositionChangeResult,
  PositionEffect,
  PositionForecast,
  StreamPosition,
} from '@sluice/contracts';
import { facts, table } from '../output/table.view.js';
import type { Terminal } from '../output/terminal.js';
import { ago, count, orUnknown, timeText } from '../output/text.view.js';

interface Around {
  readonly terminal: Terminal;
  readonly now: () => Date;
}

type HandledByGroup = NonNullable<PositionForecast['groups']>[number];

const NOT_KNOWN = 'not known';

export function positionDetail(position: StreamPosition, etag: string | undefined, { terminal, now }: Around): string {
  const pairs: [string, string][] = [
    ['stream', `${position.stream}${position.isPaused ? ', paused' : ''}`],
    ['read to', `${timeText(position.readTo)}${position.readTo === null ? '' : `  (${ago(position.readTo, now())})`}`],
    ['last event', `${timeText(position.clusterTime)}  ${position.last ?? ''}`],
    ['saved', position.savedAt === null ? 'never: the stream begins at its startAt' : ago(position.savedAt, now())],
    ['generation', String(position.generation)],
    ['epoch', String(position.epoch)],
    ...(position.pipelineChanged
      ? [['pipeline', 'changed since: opens at the time, one generation on'] as [string, string]]
      : []),
    ...(etag === undefined ? [] : [['etag', etag] as [string, string]]),
    ['token', position.resumeToken === null ? orUnknown(null) : JSON.stringify(position.resumeToken)],
  ];
  return facts(pairs, terminal.width);
}

/** `again`: the command that does what was tried. */
export function positionChange(result: PositionChangeResult, again: string, { terminal }: Around): string {
  const { isApplied, isAccepted, serverSays, oplogSince, oplogSays, position } = result;
  const title = isApplied ? `the position of stream "${position.stream}" is changed` : 'dry run: nothing is changed';
  const pairs: [string, string][] = [
    ['accepted', `${isAccepted ? 'yes' : terminal.paint('red', 'no')}: ${serverSays}`],
    ['effect', effectText(result.effect)],
    ...forecastLines(result.forecast),
    ['oplog since', oplogSince === null ? `not known: ${oplogSays ?? ''}` : timeText(oplogSince)],
    [isApplied ? 'read to' : 'would be', timeText(position.readTo)],
    ['generation', String(position.generation)],
  ];
  const next = isApplied ? `it goes on from there at: sluice streams resume ${position.stream}` : `to do it: ${again}`;
  return `${title}\n\n${facts(pairs, terminal.width)}${isAccepted ? `\n${next}\n` : ''}`;
}

export function positionHistory({ changes, nextBefore }: PositionAuditPage, { terminal }: Around): string {
  if (changes.length === 0) return 'nobody has changed it\n';
  const columns = [
    { title: 'NO', isNumber: true },
    { title: 'AT' },
    { title: 'BY' },
    { title: 'FROM' },
    { title: 'TO' },
    { title: 'WHY', isFlexible: true },
  ];
  const rows = changes.map(({ number, at, by, before, after, request, reason }) => [
    String(number),
    second(at),
    by,
    second(before.readTo),
    request === 'delete' ? 'deleted' : second(after.readTo),
    reason,
  ]);
  const more = nextBefore === null ? '' : `\nolder ones: --before ${nextBefore}\n`;
  return table(columns, rows, terminal.width) + more;
}

/** To the second, without the letters that an ISO time has around it: a line has room for three of them. */
function second(time: string | null): string {
  return time === null ? orUnknown(null) : time.slice(0, 19).replace('T', ' ');
}

function forecastLines(forecast: PositionForecast | undefined): [string, string][] {
  if (forecast === undefined) return [];
  const { changes, groups } = forecast;
  const handled = groups === null ? [NOT_KNOWN] : groups.map(handledText);
  return [
    ['changes', changes === null ? NOT_KNOWN : atLeast(changes)],
    ...handled.map((text): [string, string] => ['handled already', text]),
  ];
}

function handledText({ name, notCounted = [], events, isComplete = true }: HandledByGroup): string {
  const counted = events === undefined ? NOT_KNOWN : atLeast({ events, isComplete });
  const elsewhere =
    notCounted.length === 0 ? '' : `; not counted, as their inbox is elsewhere: ${notCounted.join(', ')}`;
  return `${counted} by group "${name}", of handlers with once${elsewhere}`;
}

function atLeast({ events, isComplete }: CountedEvents): string {
  return `${isComplete ? '' : 'at least '}${count(events)}`;
}

function effectText({ kind, from, to }: PositionEffect): string {
  switch (kind) {
    case 'none':
      return 'none: it is where the stream stands';
    case 'skips':
      return `changes from ${timeText(from)} to ${timeText(to)} never come`;
    case 'repeats':
      return `changes from ${timeText(from)} to ${timeText(to)} come again`;
    case 'unknown':
      return 'not known: a time is missing';
  }
}
