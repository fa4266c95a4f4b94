import {
  parseExtendedJson,
  relaxedJsonOf,
  type BsonDocument,
  type ChangeEvent,
  type RealtimeMessage,
} from '@sluice/contracts';
import { EventBuilder } from '@sluice/testing';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { modelRuns } from '../../../../../test/harness/model.runs.js';
import { RealtimeCounters } from '../connection/realtime.counters.js';
import { MemoryFeed } from '../feed/memory.feed.fixture.js';
import { equalityTerms } from '../subscription/equality-term.js';
import { keysAt } from '../subscription/field-keys.js';
import { FanOut } from './fan.out.js';
import { aSubscriber, GENEROUS } from './subscriber.fixture.js';

const NS = 'shop.orders';

interface Stored {
  readonly _id: number;
  readonly status?: string;
  readonly total?: number;
  readonly tags?: readonly string[];
}
type World = ReadonlyMap<number, Stored>;

const fields = fc.record(
  {
    status: fc.constantFrom('open', 'closed'),
    total: fc.integer({ min: 0, max: 2 }),
    tags: fc.subarray(['x', 'y']),
  },
  { requiredKeys: [] },
);
const step = fc.record({
  kind: fc.constantFrom('insert', 'update', 'update', 'update', 'replace', 'delete', 'drop'),
  _id: fc.integer({ min: 1, max: 3 }),
  fields,
  removes: fc.subarray(['status', 'total', 'tags'] as const),
  /** How far the writers are ahead when the producer looks the document up. */
  ahead: fc.nat(4),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What a step does to the world, or undefined where MongoDB would write nothing. */
function written(world: World, { kind, _id, fields: set, removes }: Step): World | undefined {
  const next = new Map(world);
  const has = world.get(_id);
  if (kind === 'drop') return world.size === 0 ? undefined : new Map();
  if (kind === 'insert') return has === undefined ? next.set(_id, { _id, ...set }) : undefined;
  if (has === undefined) return undefined;
  if (kind === 'replace') return next.set(_id, { _id, ...set });
  if (kind === 'delete') return next.delete(_id) ? next : undefined;
  const kept = Object.entries(has).filter(([name]) => !(removes as readonly string[]).includes(name));
  return next.set(_id, { ...Object.fromEntries(kept), ...set, _id });
}

function eventOf(
  make: EventBuilder,
  each: Step,
  before: World,
  lookedUp: World | undefined,
  preImages: boolean,
): ChangeEvent {
  const { kind, _id, fields: set, removes } = each;
  const preImage = preImages ? { fullDocumentBeforeChange: { _id, ...before.get(_id) } } : {};
  switch (kind) {
    case 'insert':
      return make.anInsert(NS, { _id, ...set });
    case 'replace':
      return make.aReplace(NS, { _id, ...set }, preImage);
    case 'delete':
      return make.aDelete(NS, _id, preImage);
    case 'drop':
      return make.aDrop(NS);
    default: {
      const removed = removes.filter((name) => !(name in set));
      const found = lookedUp === undefined ? {} : { fullDocument: documentOf(lookedUp.get(_id)) };
      return make.anUpdate<BsonDocument>(
        NS,
        _id,
        { updatedFields: { ...set }, removedFields: removed, ...found },
        preImage,
      );
    }
  }
}

function documentOf(stored: Stored | undefined): BsonDocument | null {
  return stored === undefined ? null : { ...stored };
}

/** The client's half, in its plainest form. */
function folded(messages: readonly RealtimeMessage[]): Map<string, unknown> {
  const documents = new Map<string, unknown>();
  for (const message of messages) {
    if (message.type === 'leave') documents.delete(relaxedJsonOf(message.documentKey._id));
    if (message.type !== 'event') continue;
    const { operation, documentKey, fullDocument } = message.event;
    if (documentKey === undefined) documents.clear();
    else if (operation === 'delete') documents.delete(relaxedJsonOf(documentKey._id));
    else if (fullDocument)
      documents.set(relaxedJsonOf(documentKey._id), parseExtendedJson(JSON.stringify(fullDocument)));
  }
  return documents;
}

it.each([
  ['with pre-images', true],
  ['without pre-images', false],
])('a live collection comes to hold just what matches, %s: no ghosts, nothing missing', (_, preImages) => {
  const wheres = [{ status: 'open' }, { tags: 'x' }, { status: 'open', total: 1 }, { _id: 2 }, { total: null }, {}];
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), fc.constantFrom<object>(...wheres), (steps, where) => {
      const worlds: World[] = [new Map()];
      const done: Step[] = [];
      for (const each of steps) {
        const next = written(worlds.at(-1) ?? new Map(), each);
        if (next === undefined) continue;
        worlds.push(next);
        done.push(each);
      }
      const feed = new MemoryFeed();
      const { outlet, subscription } = aSubscriber({ namespace: NS, where: where as never });
      new FanOut(feed, GENEROUS, new RealtimeCounters()).add(subscription);
      const make = new EventBuilder();
      let reading = 0; // the producer looks documents up in the order of its events, so never back in time
      done.forEach((each, at) => {
        reading = Math.max(reading, Math.min(at + 1 + each.ahead, worlds.length - 1));
        feed.tell(eventOf(make, each, worlds[at] ?? new Map(), worlds[reading], preImages));
      });
      const terms = equalityTerms(where as never);
      const truth = [...(worlds.at(-1)?.values() ?? [])].filter((each) =>
        terms.every(({ parts, key }) => keysAt(each, parts).includes(key)),
      );
      expect(folded(outlet.messages)).toEqual(new Map(truth.map((each) => [String(each._id), each])));
    }),
    { numRuns: modelRuns(1_500) },
  );
});
