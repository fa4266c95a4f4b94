import { Timestamp } from 'bson';
import { z } from 'zod';
import { WIRE_TIMESTAMP } from './async-api/wire-values.js';

/**
 * Where an event stands in its stream. Positions of one stream are compared in this order:
 * - `clusterTime`: MongoDB's own time of the change;
 * - `generation`: goes up whenever the numbering below cannot be continued (changed pipeline, position set by an
 *   operator). Without it a fence would take a changed numbering for an older one and lose changes;
 * - `ordinal`: counts the stream's events that share a cluster time (a transaction's operations; since MongoDB 8
 *   unrelated ones too).
 */
export const positionSchema = z.object({
  clusterTime: z.instanceof(Timestamp).meta({
    ...WIRE_TIMESTAMP,
    description: 'Cluster time, BSON timestamp',
    example: { $timestamp: { t: 1767225600, i: 1 } },
  }),
  generation: z.int().min(0),
  ordinal: z.int().min(0),
});
export type Position = z.infer<typeof positionSchema>;

const MAX_UINT32 = 2 ** 32 - 1;

/** A number as text of one width. The last one is kept: of the parts of a key only the increment is new each time. */
class Digits {
  private value = 0;
  private text: string;

  constructor(private readonly width: number) {
    this.text = '0'.repeat(width);
  }

  of(value: number): string {
    if (value !== this.value) {
      this.value = value;
      this.text = String(value).padStart(this.width, '0');
    }
    return this.text;
  }
}

const seconds = new Digits(10);
const increments = new Digits(10);
const generations = new Digits(6);
const ordinals = new Digits(8);

/** A fixed-width string that sorts as positions do: `seconds.increment.generation.ordinal`. */
export function positionKey({ clusterTime, generation, ordinal }: Position): string {
  const time = `${seconds.of(clusterTime.t)}.${increments.of(clusterTime.i)}`;
  return `${time}.${generations.of(generation)}.${ordinals.of(ordinal)}`;
}

/** Reads what `positionKey` wrote; `undefined` for anything else. */
export function parsePositionKey(key: string): Position | undefined {
  const match = /^(\d{10})\.(\d{10})\.(\d{6})\.(\d{8})$/.exec(key);
  if (match === null) return undefined;
  const [t, i, generation, ordinal] = match.slice(1).map(Number) as [number, number, number, number];
  if (t > MAX_UINT32 || i > MAX_UINT32) return undefined;
  return { clusterTime: new Timestamp({ t, i }), generation, ordinal };
}

/** The cluster time with which a second begins; the nearest that there is for one before 1970 or after 2106. */
export function clusterTimeOf(time: string): Timestamp {
  const t = Math.min(Math.max(Math.floor(Date.parse(time) / 1000), 0), MAX_UINT32);
  return new Timestamp({ t, i: 0 });
}

/** Sorts before every position of this cluster time and behind all of an earlier one; zero has none before it. */
export function keyBefore({ t, i }: Timestamp): string {
  const before = i > 0 ? { t, i: i - 1 } : { t: Math.max(0, t - 1), i: t > 0 ? MAX_UINT32 : 0 };
  return positionKey({ clusterTime: new Timestamp(before), generation: 0, ordinal: 0 });
}

/** Negative, zero or positive as `a` stands before, at or after `b`. */
export function comparePositions(a: Position, b: Position): number {
  return a.clusterTime.compare(b.clusterTime) || a.generation - b.generation || a.ordinal - b.ordinal;
}
