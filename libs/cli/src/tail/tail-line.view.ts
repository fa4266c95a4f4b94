import { patternOf, type ChangeEvent } from '@sluice/contracts';
import { EJSON, type Timestamp } from 'bson';
import type { Colour, Terminal } from '../output/terminal.js';

const COLOURS: Readonly<Partial<Record<ChangeEvent['operation'], Colour>>> = {
  insert: 'green',
  read: 'green',
  update: 'yellow',
  replace: 'yellow',
  delete: 'red',
};
const OPERATION_WIDTH = 7;

/** One event on one line: time (UTC), operation, namespace, key and what changed, cut at the terminal's width. */
export function tailLine(event: ChangeEvent, { paint, width }: Pick<Terminal, 'paint' | 'width'>): string {
  const time = (event.wallTime ?? dateOf(event.position.clusterTime)).toISOString().slice(11, 23);
  const operation = event.operation.padEnd(OPERATION_WIDTH);
  const place = patternOf(event).slice(event.operation.length + 1);
  const rest = ` ${[place, keyOf(event), changeOf(event)].filter((text) => text !== '').join('  ')}`;
  const room = width === undefined ? Infinity : width - time.length - 1 - operation.length;
  const shown = rest.length > room ? `${rest.slice(0, Math.max(0, room - 1))}…` : rest;
  return `${paint('dim', time)} ${paint(COLOURS[event.operation] ?? 'bold', operation)}${shown}\n`;
}

function keyOf(event: ChangeEvent): string {
  return 'documentKey' in event ? text(event.documentKey._id) : '';
}

function changeOf(event: ChangeEvent): string {
  switch (event.operation) {
    case 'insert':
    case 'read':
    case 'replace':
      return event.omitted?.fullDocument === true ? '(too large for a message)' : text(withoutId(event.fullDocument));
    case 'update': {
      if (event.omitted?.updateDescription === true) return '(too large for a message)';
      const { updatedFields = {}, removedFields = [] } = event.updateDescription;
      return [text(updatedFields), ...removedFields.map((field) => `-${field}`)].join(' ');
    }
    case 'rename':
      return `to ${[event.to.db, event.to.coll].filter(Boolean).join('.')}`;
    case 'gap':
      return `changes from ${dateOf(event.from).toISOString()} to ${dateOf(event.to).toISOString()} are lost`;
    case 'delete':
    case 'drop':
    case 'dropDatabase':
    case 'invalidate':
      return '';
  }
}

function withoutId({ _id, ...rest }: Record<string, unknown>): Record<string, unknown> {
  return rest;
}

/** For people: relaxed Extended JSON, an ObjectId as its digits. */
function text(value: unknown): string {
  const json = EJSON.stringify(value);
  return /^\{"\$oid":"([0-9a-f]{24})"\}$/.exec(json)?.[1] ?? json;
}

function dateOf({ t }: Timestamp): Date {
  return new Date(t * 1000);
}
