import type { SettingsFault } from '@sluice/platform';
import { emptyAreas, overlapsOf } from '../filter/overlap.policy.js';
import type { StreamSettings } from './streams-file.schema.js';

/** A stream that is well written by itself, and where it stands in the file. */
export interface PlacedStream {
  readonly index: number;
  readonly stream: StreamSettings;
}

/** What is wrong with streams that are each well written: between them, or between them and the state database. */
export function crossFaults(file: string, placed: readonly PlacedStream[], stateDb: string): SettingsFault[] {
  return [
    ...duplicateNames(file, placed),
    ...overlaps(file, placed),
    ...placed.flatMap((each) => [...stateScope(file, each, stateDb), ...outsideScope(file, each)]),
  ];
}

function duplicateNames(file: string, placed: readonly PlacedStream[]): SettingsFault[] {
  return placed
    .filter(({ stream }, at) => placed.findIndex((other) => other.stream.name === stream.name) < at)
    .map(({ index, stream }) => ({
      path: `${file}: streams[${index}].name`,
      found: JSON.stringify(stream.name),
      allowed: 'a name that no other stream has: the position is saved under it',
    }));
}

function overlaps(file: string, placed: readonly PlacedStream[]): SettingsFault[] {
  return overlapsOf(placed.map(({ stream }) => stream)).map(({ first, second, what }) => ({
    path: `${file}: streams "${first}" and "${second}"`,
    found: `both take ${what}`,
    allowed: 'streams that share no operation of a namespace: every group would get those events twice',
  }));
}

function stateScope(file: string, { index, stream }: PlacedStream, stateDb: string): SettingsFault[] {
  if (!('database' in stream.scope) || stream.scope.database !== stateDb) return [];
  return [
    {
      path: `${file}: streams[${index}].scope`,
      found: `the state database "${stateDb}"`,
      allowed: 'another database: saving a position would itself be a change',
    },
  ];
}

function outsideScope(file: string, { index, stream }: PlacedStream): SettingsFault[] {
  return emptyAreas(stream).map((pattern) => ({
    path: `${file}: streams[${index}].namespaces.include`,
    found: JSON.stringify(pattern),
    allowed: "namespaces within the stream's scope: this one could never bring an event",
  }));
}
