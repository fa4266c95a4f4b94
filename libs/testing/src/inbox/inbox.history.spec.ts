import type { InboxEntry, InboxOutcome, Version } from '@sluice/handlers';
import { Timestamp } from 'bson';
import fc from 'fast-check';
import type { InboxUnderTest } from './inbox.contract.spec.js';

/** What befalls one delivery. */
export type Fate =
  | 'acknowledged'
  /** Committed, then the consumer dies before it acknowledges. */
  | 'lost acknowledgement'
  /** The consumer dies in the middle of the handler. */
  | 'killed in the handler'
  /** The handler throws, and is called again. */
  | 'failed once'
  /** The handler throws for good: a dead letter, and acknowledged. */
  | 'dead letter'
  /** Two replicas have it at the same time, because one has not noticed that it lost its channel. */
  | 'delivered to two'
  /** A dead letter of before is sent back first. */
  | 'replay before';

const FATES: readonly Fate[] = [
  'acknowledged',
  'lost acknowledgement',
  'killed in the handler',
  'failed once',
  'dead letter',
  'delivered to two',
  'replay before',
];

/** One change of one of three documents, and what befalls its delivery. */
export interface Step {
  readonly document: number;
  readonly deletes: boolean;
  /** Shares the cluster time of the step before, as operations of a transaction do. */
  readonly sameTime: boolean;
  /** The numbering begins anew here, as after a change of the pipeline. */
  readonly renumbered: boolean;
  readonly fate: Fate;
}

export const historyArbitrary = fc.array(
  fc.record({
    document: fc.integer({ min: 0, max: 2 }),
    deletes: fc.boolean(),
    sameTime: fc.boolean(),
    renumbered: fc.integer({ min: 0, max: 5 }).map((n) => n === 0),
    fate: fc.constantFrom(...FATES),
  }),
  { minLength: 1, maxLength: 25 },
);

/** What has to hold at the end. */
export interface Outcome {
  /** Committed effects of each document, as the indexes of their steps. */
  readonly effects: Record<string, number[]>;
  /** Reported as overtaken, by index. */
  readonly superseded: Set<number>;
  /** Dead letters that were never sent back. */
  readonly buried: Set<number>;
}

class Killed extends Error {}

/** Plays a history against an inbox as a consumer would: what is not acknowledged comes again, from the first on. */
export async function play(under: InboxUnderTest, history: readonly Step[], run: string): Promise<Outcome> {
  const entries = entriesOf(history, run);
  const superseded = new Set<number>();
  const buried = new Set<number>();
  const call = async (index: number, end?: Error): Promise<InboxOutcome | undefined> => {
    const entry = entries[index];
    if (entry === undefined) return undefined;
    try {
      const outcome = await under.inbox.handle(entry, async (session) => {
        await under.write(`${run} ${entry.document.id} ${String(index)}`, session);
        if (end !== undefined) throw end;
      });
      if (outcome.kind === 'superseded') superseded.add(index);
      return outcome;
    } catch (error) {
      if (error !== end) throw error;
      return undefined;
    }
  };
  for (const [index, { fate }] of history.entries()) {
    // A process that died had more in its hands than this one event: all of it comes again.
    const again = async () => {
      for (let earlier = Math.max(0, index - 3); earlier < index; earlier++) {
        if (!buried.has(earlier)) await call(earlier);
      }
    };
    if (fate === 'replay before') {
      const [letter] = buried;
      if (letter !== undefined) {
        buried.delete(letter);
        await call(letter);
      }
    }
    if (fate === 'dead letter') {
      // An inbox that knows the event calls nobody, so that nothing can fail.
      const outcome = await call(index, new Error('for good'));
      if (outcome === undefined) buried.add(index);
      continue;
    }
    if (fate === 'killed in the handler' || fate === 'failed once') await call(index, new Killed());
    if (fate === 'killed in the handler') await again();
    if (fate === 'delivered to two') await Promise.all([call(index), call(index)]);
    await call(index);
    if (fate === 'lost acknowledgement') {
      await again();
      await call(index);
    }
  }
  return { effects: await effectsOf(under, run), superseded, buried };
}

/** Every change has its effect once or is reported, and no document goes back. `undefined`: so it is. */
export function faultOf(history: readonly Step[], { effects, superseded, buried }: Outcome): string | undefined {
  for (const [document, indexes] of Object.entries(effects)) {
    if (new Set(indexes).size !== indexes.length) return `twice: ${document} ${indexes.join()}`;
    const back = indexes.findIndex((index, at) => at > 0 && (indexes[at - 1] ?? 0) > index);
    if (back > 0 && !idsDecide(history, indexes[back - 1] ?? 0, indexes[back] ?? 0)) {
      return `back: ${document} ${indexes.join()}`;
    }
  }
  const done = new Set(Object.values(effects).flat());
  const lost = history.findIndex((_, index) => !done.has(index) && !superseded.has(index) && !buried.has(index));
  return lost < 0 ? undefined : `lost without a word: ${String(lost)}`;
}

/** A dead letter may be sent back into the cluster time of its successors, whose numbering has begun anew since. */
function idsDecide(history: readonly Step[], later: number, earlier: number): boolean {
  const between = history.slice(earlier + 1, later + 1);
  return between.every(({ sameTime }) => sameTime) && between.some(({ renumbered }) => renumbered);
}

function entriesOf(history: readonly Step[], run: string) {
  let t = Math.floor(Date.now() / 1000);
  let generation = 0;
  let ordinal = 0;
  return history.map((step, index) => {
    if (!step.sameTime) t += 1;
    ordinal = step.sameTime ? ordinal + 1 : 0;
    if (step.renumbered) {
      generation += 1;
      ordinal = 0;
    }
    const version: Version = {
      eventId: `${run} ${String(index)}`,
      stream: 'main',
      position: { clusterTime: new Timestamp({ t, i: 1 }), generation, ordinal },
    };
    const document = { namespace: `db.${run}`, id: `d${String(step.document)}`, deleted: step.deletes };
    return { group: 'g', handler: 'h', replayed: false, document, ...version } satisfies InboxEntry;
  });
}

async function effectsOf(under: InboxUnderTest, run: string): Promise<Outcome['effects']> {
  const effects: Outcome['effects'] = {};
  for (const line of await under.written()) {
    const [of, document = '', index] = line.split(' ');
    if (of === run) (effects[document] ??= []).push(Number(index));
  }
  return effects;
}
