import type { DeadLetterDetail, DeadLetterOperation, DeadLetterPage } from '@sluice/contracts';
import { facts, table } from '../output/table.view.js';
import type { Terminal } from '../output/terminal.js';
import { ago, count, oneLine, orUnknown, painted } from '../output/text.view.js';

interface Around {
  readonly terminal: Terminal;
  readonly now: () => Date;
}

/** An id to copy is too long to leave room for the error: that stands below it. */
export function deadLetterTable({ letters, total, scanned, next }: DeadLetterPage, { terminal, now }: Around): string {
  const columns = [
    { title: 'ID' },
    { title: 'FAILED' },
    { title: 'OPERATION' },
    { title: 'NAMESPACE', isFlexible: true },
  ];
  const rows = letters.map(({ id, lastFailedAt, operation, namespace }) => [
    id,
    ago(lastFailedAt, now()),
    orUnknown(operation),
    orUnknown(namespace),
  ]);
  const found = `${count(letters.length)} shown, ${count(scanned)} of ${count(total)} looked at`;
  const below = `${found}${next === null ? '' : `\nnext page: --after ${next}`}\n`;
  if (letters.length === 0) return below;
  const [head = '', ...lines] = table(columns, rows, terminal.width).trimEnd().split('\n');
  const why = letters.map(({ reason, handler, errorMessage }) => {
    const parts = [reason, handler, errorMessage].filter((part) => part !== null).join(': ');
    return oneLine(`  ${parts.replace(/\s+/g, ' ')}`, terminal.width);
  });
  return `${[head, ...lines.flatMap((line, index) => [line, terminal.paint('dim', why[index] ?? '')])].join('\n')}\n\n${below}`;
}

export function deadLetterDetail(letter: DeadLetterDetail, { terminal }: Around): string {
  const pairs: [string, string][] = [
    ['id', letter.id],
    ['reason', orUnknown(letter.reason)],
    ['handler', orUnknown(letter.handler)],
    ['event', `${orUnknown(letter.operation)} ${orUnknown(letter.namespace)}, stream ${orUnknown(letter.stream)}`],
    ['event id', orUnknown(letter.eventId)],
    ['position', orUnknown(letter.position)],
    ['attempts', count(letter.attempts)],
    ['failed', `first ${orUnknown(letter.firstFailedAt)}, last ${orUnknown(letter.lastFailedAt)}`],
    ['error', `${orUnknown(letter.errorName)}: ${orUnknown(letter.errorMessage)}`],
    ['body', `${count(letter.bytes)} bytes, ${orUnknown(letter.contentType)}`],
  ];
  const stack = letter.errorStack === null ? '' : `\n${letter.errorStack.trimEnd()}\n`;
  return `${facts(pairs, terminal.width)}${stack}\n${letter.body}\n`;
}

export function operationDetail(operation: DeadLetterOperation, { terminal, now }: Around): string {
  const { kind, state, taken, superseded, scanned, total, id, by, reason, error } = operation;
  const did = kind === 'replay' ? 'replayed' : 'discarded';
  const pairs: [string, string][] = [
    ['operation', `${id} (${kind})`],
    ['state', painted(terminal, state)],
    ...eventFacts(operation),
    [did, `${count(taken)}; ${count(scanned)} of ${count(total)} looked at`],
    ...(superseded === 0
      ? []
      : [['overtaken', `${count(superseded)}: they stay, a later change was handled`] as [string, string]]),
    ['asked', `${ago(operation.startedAt, now())} by ${orUnknown(by)}${reason === null ? '' : `: ${reason}`}`],
    ...(error === null ? [] : [['error', error] as [string, string]]),
  ];
  return facts(pairs, terminal.width);
}

/** Of an operation about one letter. */
function eventFacts({ eventId, stream, position }: DeadLetterOperation): [string, string][] {
  if (eventId === null && stream === null && position === null) return [];
  return [
    ['event id', orUnknown(eventId)],
    ['place', `stream ${orUnknown(stream)}, position ${orUnknown(position)}`],
  ];
}

export function operationTable(
  { operations }: { operations: readonly DeadLetterOperation[] },
  { terminal, now }: Around,
): string {
  if (operations.length === 0) return 'nobody has replayed or discarded any\n';
  const columns = [
    { title: 'OPERATION' },
    { title: 'KIND' },
    { title: 'STATE' },
    { title: 'TAKEN', isNumber: true },
    { title: 'ASKED' },
    { title: 'BY, WHY', isFlexible: true },
  ];
  const rows = operations.map(({ id, kind, state, taken, startedAt, by, reason }) => [
    id,
    kind,
    painted(terminal, state),
    count(taken),
    ago(startedAt, now()),
    `${orUnknown(by)}${reason === null ? '' : `: ${reason}`}`,
  ]);
  return table(columns, rows, terminal.width);
}
