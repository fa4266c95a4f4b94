import { eventIdOf, positionKey, type Position } from '@sluice/contracts';
import fc from 'fast-check';
import { Timestamp } from 'mongodb';
import { expect, it } from 'vitest';
import { modelRuns } from '../../../../test/harness/model.runs.js';
import type { TakenStream } from '../checkpoint/checkpoint.js';
import type { CheckpointMark } from '../checkpoint/checkpoint.writer.js';
import { resumePlan } from '../checkpoint/resume.plan.js';
import { PublishWindow } from '../publish/publish-window.js';
import { OrdinalCounter } from './ordinal.counter.js';

const OPERATIONS = 5_000;
const WINDOW = 1_000;

/** A transaction of 5,000 operations between two single writes: all its operations share one cluster time. */
const changes = Array.from({ length: OPERATIONS + 2 }, (_, index) => ({
  token: { _data: `token-${index}` },
  clusterTime: new Timestamp({ t: 100 + Math.sign(index) + Math.floor(index / (OPERATIONS + 1)), i: 1 }),
}));
type Change = (typeof changes)[number];

/** What one life of a producer does before it is killed: how much it publishes, how much is confirmed, how old its save is. */
interface Life {
  readonly published: number;
  readonly confirmed: number;
  readonly savesUpTo: number;
}
const lives = fc.array(
  fc.record({
    published: fc.integer({ min: 0, max: 2_500 }),
    confirmed: fc.integer({ min: 0, max: 2_500 }),
    savesUpTo: fc.integer({ min: 0, max: 2_500 }),
  }),
  { maxLength: 12 },
);

interface Sent {
  readonly id: string;
  readonly position: string;
}

/** One life: opens where the record says, reads, publishes, is confirmed, saves; answers what it leaves behind. */
function live(record: TakenStream, { published, confirmed, savesUpTo }: Life, sent: Sent[]): TakenStream {
  const { start, generation, last } = resumePlan(record, 'h', { name: 'shop', startAt: 'now' });
  const ordinals = new OrdinalCounter(generation, last);
  const window = new PublishWindow<CheckpointMark>();
  let checkpoint = record.checkpoint;
  let settled = 0;
  const settle = (upTo: number) => {
    if (upTo <= settled) return;
    settled = upTo;
    window.settle(upTo, true, true);
    const watermark = window.advance();
    if (watermark !== undefined && watermark.sequence <= savesUpTo)
      checkpoint = { last: watermark.mark.last, readTo: watermark.mark.readTo() };
  };
  for (const [index, change] of read(start).slice(0, published).entries()) {
    const position = ordinals.next(change.clusterTime);
    sent.push(publish(window, change, position));
    if (index % 7 === 0) settle(Math.min(index, confirmed));
    if (window.size > WINDOW) break;
  }
  settle(Math.min(confirmed, window.sequence));
  return { ...record, epoch: record.epoch + 1, checkpoint };
}

function read(start: ReturnType<typeof resumePlan>['start']): readonly Change[] {
  if (start.kind !== 'after') return changes;
  return changes.slice(changes.findIndex(({ token }) => token._data === start.token['_data']) + 1);
}

function publish(window: PublishWindow<CheckpointMark>, { token, clusterTime }: Change, position: Position): Sent {
  const id = eventIdOf(Buffer.from(token._data));
  const body = Buffer.alloc(1);
  const key = positionKey(position);
  const names = { pattern: 'p', operation: 'insert', exchange: 'x', routingKey: 'k' };
  window.add(
    { id, ...names, position: key, document: 1, body, properties: {} },
    { last: position, readTo: () => ({ token, time: clusterTime }) },
  );
  window.takeUnsent();
  return { id, position: key };
}

const fresh: TakenStream = { epoch: 1, generation: 0, pipelineHash: 'h', checkpoint: null, savedAt: null };
const WHOLE: Life = { published: Infinity, confirmed: Infinity, savesUpTo: Infinity };

it('a transaction of 5,000 operations has the same ids and positions whatever the points at which producers are killed', () => {
  const expected: Sent[] = [];
  live(fresh, WHOLE, expected);
  expect(expected).toHaveLength(changes.length);
  expect(new Set(expected.slice(1, -1).map(({ position }) => position.slice(0, 21))).size).toBe(1);

  fc.assert(
    fc.property(lives, (crashes) => {
      const sent: Sent[] = [];
      const left = crashes.reduce((record, life) => live(record, life, sent), fresh);
      live(left, WHOLE, sent);
      const positions = new Map(sent.map(({ id, position }) => [id, position]));
      expect([...positions].map(([id, position]) => ({ id, position }))).toEqual(expected); // each once, in order
      expect(sent.filter(({ id, position }) => positions.get(id) !== position)).toEqual([]);
    }),
    { numRuns: modelRuns(12) },
  );
});
