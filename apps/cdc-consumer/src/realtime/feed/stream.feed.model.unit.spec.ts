import { setImmediate as nextTurn } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { eventually } from '@sluice/testing';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { modelRuns } from '../../../../../test/harness/model.runs.js';
import type { FeedEntry } from './feed-entry.js';
import { change, FeedReplica, type TestReceiver } from './feed-world.fixture.js';
import { FeedCounters } from './feed.counters.js';
import { FeedTeller } from './feed.teller.js';
import { MemoryStreamQueue } from './memory-stream.queue.fixture.js';
import type { StreamMessage } from './stream-message.js';

const LOOK_BACK = 20;

type Step =
  | { readonly do: 'publish'; readonly count: number; readonly back: number }
  | { readonly do: 'cut' }
  | { readonly do: 'end segment' }
  | { readonly do: 'wait' }
  | { readonly do: 'new replica' }
  | { readonly do: 'truncate'; readonly left: number }
  | { readonly do: 'follow'; readonly who: number; readonly from: number; readonly slow: boolean };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('publish'), count: fc.integer({ min: 1, max: 12 }), back: fc.nat(6) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('follow'), who: fc.nat(), from: fc.nat(), slow: fc.boolean() }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('wait', 'end segment', 'cut') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('new replica') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('truncate'), left: fc.integer({ min: 1, max: 30 }) }) },
);

/** A replica is cut off, retention gives up what it has not read, and somebody comes back to it with a cursor of that. */
const CURSOR_IN_A_HOLE: Step[] = [
  { do: 'follow', who: 0, from: 0, slow: false },
  { do: 'publish', count: 2, back: 0 },
  { do: 'end segment' },
  { do: 'new replica' },
  { do: 'follow', who: 0, from: 0, slow: false },
  { do: 'truncate', left: 1 },
  { do: 'cut' },
  { do: 'publish', count: 1, back: 0 },
  { do: 'truncate', left: 1 },
  { do: 'follow', who: 0, from: 0, slow: false },
  { do: 'follow', who: 1_744_830_445, from: 101_782, slow: false },
];

/** A receiver goes on with another reader, in the midst of a run that is sent again and whose first time is out of reach. */
const ANOTHER_READER_IN_A_REPEAT: Step[] = [
  { do: 'publish', count: 2, back: 0 },
  { do: 'publish', count: 1, back: 0 },
  { do: 'publish', count: 3, back: 3 },
  { do: 'follow', who: 0, from: 1, slow: false },
  { do: 'publish', count: 1, back: 1 },
  { do: 'follow', who: 0, from: 30, slow: false },
  { do: 'publish', count: 9, back: 0 },
  { do: 'publish', count: 1, back: 2 },
  { do: 'wait' },
  { do: 'publish', count: 9, back: 6 },
  { do: 'follow', who: 0, from: 658_186_729, slow: true },
  { do: 'publish', count: 4, back: 6 },
  { do: 'wait' },
  { do: 'cut' },
];

/** Somebody is ahead of a replica and asks for a mark at the end; retention gives it up before the replica has read it. */
const MARK_GIVEN_UP: Step[] = [
  { do: 'follow', who: 0, from: 0, slow: false },
  { do: 'new replica' },
  { do: 'new replica' },
  { do: 'follow', who: 0, from: 0, slow: false },
  { do: 'publish', count: 2, back: 0 },
  { do: 'follow', who: 2, from: 5, slow: false },
  { do: 'follow', who: 0, from: 0, slow: false },
  { do: 'publish', count: 3, back: 1 },
  { do: 'end segment' },
  { do: 'publish', count: 1, back: 0 },
  { do: 'truncate', left: 1 },
];

/** Somebody is told a gap, leaves, and comes back with the gap's cursor. */
const CURSOR_OF_A_GAP: Step[] = [
  { do: 'follow', who: 0, from: 0, slow: false },
  { do: 'publish', count: 3, back: 0 },
  { do: 'publish', count: 1, back: 2 },
  { do: 'end segment' },
  { do: 'follow', who: 0, from: 5, slow: false },
  { do: 'publish', count: 4, back: 0 },
  { do: 'follow', who: 0, from: 0, slow: true },
  { do: 'truncate', left: 1 },
  { do: 'cut' },
  { do: 'publish', count: 1, back: 0 },
  { do: 'publish', count: 1, back: 0 },
  { do: 'follow', who: 0, from: 1_988_198_648, slow: false },
];

const EARLIER_FAULTS = [CURSOR_IN_A_HOLE, ANOTHER_READER_IN_A_REPEAT, MARK_GIVEN_UP, CURSOR_OF_A_GAP];

/** What happens to the feed, and what a reader with unbounded memory would have told of it. */
class Model {
  readonly queue = new MemoryStreamQueue();
  readonly replicas = [this.replica()];
  readonly receivers: { readonly receiver: TestReceiver; readonly behind: number }[] = [];
  private readonly all = new Map<number, StreamMessage>();
  private readonly at = { a: 0, b: 0 };

  replica(): FeedReplica {
    return new FeedReplica(this.queue, { lookBack: LOOK_BACK, remembered: 8, bufferBytes: 15_000 });
  }

  async run(steps: readonly Step[]): Promise<void> {
    for (const each of steps) await this.do(each);
    // Every stream goes on: whoever is ahead of a replica sees it come.
    for (let more = 0; more < 4; more++) this.publish(1, 0);
    await eventually(() => this.receivers.every(({ receiver }) => receiver.isLive && this.isComplete(receiver)));
  }

  private async do(one: Step): Promise<void> {
    if (one.do === 'publish') this.publish(one.count, one.back);
    else if (one.do === 'cut') this.queue.cut();
    else if (one.do === 'end segment') this.queue.endSegment();
    else if (one.do === 'truncate') this.queue.truncate(one.left);
    else if (one.do === 'new replica') this.replicas.push(this.replica());
    else if (one.do === 'wait') for (let turn = 0; turn < 40; turn++) await nextTurn();
    else await this.follow(one);
    await nextTurn();
  }

  /** Two change streams take turns; each begins again `back` changes before where it was, and comes as far as that at least. */
  private publish(count: number, back: number): void {
    for (const stream of ['a', 'b'] as const) {
      const from = Math.max(0, this.at[stream] - back);
      for (let number = from + 1; number <= this.at[stream] + count; number++)
        this.queue.add(...change(stream, number));
      this.at[stream] += count;
    }
    this.remember();
  }

  /** With the cursor of any entry that anybody was told, at any replica. */
  private async follow({ who, from, slow }: Extract<Step, { do: 'follow' }>): Promise<void> {
    const replica = this.replicas[who % this.replicas.length] ?? this.replica();
    const told = this.receivers.flatMap(({ receiver }) => receiver.entries);
    const entry = told[from % Math.max(1, told.length)];
    if (entry === undefined) await replica.tail.begun(new AbortController().signal);
    const behind = entry?.offset ?? replica.tail.newest?.place.offset ?? -1;
    const cursor = entry?.cursor ?? replica.feed.head ?? '';
    let takes = 0;
    const receiver = replica.follow({ cursor }, () => slow && takes++ % 3 === 0);
    this.receivers.push({ receiver, behind });
  }

  remember(): void {
    for (const message of this.queue.kept) this.all.set(message.offset, message);
  }

  /** Told by one who has read everything from the beginning. */
  expected(): FeedEntry[] {
    const teller = new FeedTeller(this.queue.name, new FeedCounters(), LOOK_BACK);
    this.remember();
    return [...this.all.values()].flatMap((message) => teller.tell(message).entry ?? []);
  }

  /** Changes whose first message retention has given up: sent again, they are as new to a replica that never saw it. */
  forgotten(): Set<string> {
    const kept = this.queue.kept[0]?.offset ?? 0;
    return new Set([...this.all.values()].flatMap(({ offset, id }) => (offset < kept ? id : [])));
  }

  private isComplete(receiver: TestReceiver): boolean {
    return receiver.ids.at(-1) === `b ${this.at.b}`;
  }

  async stop(): Promise<void> {
    await Promise.all(this.replicas.map((replica) => replica.stop()));
  }
}

/**
 * Everything behind the place, in order and once. What a gap tells to be missing is missing up to there, and may be told
 * later, when it is sent again.
 */
function expectWhole(
  told: readonly FeedEntry[],
  expected: readonly FeedEntry[],
  behind: number,
  forgotten: ReadonlySet<string>,
): void {
  const due = expected.filter((entry) => entry.kind === 'event').filter(({ offset }) => offset > behind);
  const missed = new Set<string>();
  for (const entry of told) {
    if (entry.kind === 'gap') {
      expect(['retention', 'overtaken']).toContain(entry.gap.reason);
      if (entry.gap.reason !== 'retention') continue;
      while (due[0] !== undefined && due[0].offset <= entry.offset) missed.add(due.shift()?.id ?? '');
    } else if (entry.id === due[0]?.id) due.shift();
    else {
      const isKnown = missed.delete(entry.id) || forgotten.has(entry.id);
      expect(isKnown, `"${entry.id}" at ${entry.offset} where "${due[0]?.id}" is due`).toBe(true);
    }
  }
  expect(due).toEqual([]);
}

beforeAll(() => Logger.overrideLogger(false)); // each cut is told
afterAll(() => Logger.overrideLogger(true));

describe('the feed', () => {
  it('tells every change once and in order from any cursor, whatever is cut, sent again, given up or begun', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const model = new Model();
        try {
          await model.run(steps);
          const expected = model.expected();
          for (const { receiver, behind } of model.receivers) {
            expectWhole(receiver.entries, expected, behind, model.forgotten());
          }
        } finally {
          await model.stop();
        }
      }),
      { numRuns: modelRuns(40), examples: EARLIER_FAULTS.map((steps) => [steps]) },
    );
  });
});
