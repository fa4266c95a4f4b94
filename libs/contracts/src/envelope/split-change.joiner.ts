import { BsonBuilder } from '../codec/bson-builder.js';
import { BSON_TYPE } from '../codec/bson-type.js';
import { documentSlice, valueOf } from '../codec/bson-value.js';
import { elementsOf, type BsonElement } from '../codec/bson-walker.js';
import { IncompleteChangeError, readRawChange, type RawChange } from './raw-change.js';

/** Fragments of a change event that do not make a whole one. */
export class SplitChangeError extends Error {
  readonly code = 'SLUICE-CHANGE-FRAGMENTS';
  constructor(found: string, expected: string) {
    super(
      `a split change event came as ${found} where ${expected} was due: the stream was begun behind one of an event's ` +
        'fragments. Begin it before that event.',
    );
    this.name = 'SplitChangeError';
  }
}

interface Fragment {
  readonly bson: Uint8Array;
  readonly fields: ReadonlyMap<string, BsonElement>;
}

/**
 * Joins the fragments in which `$changeStreamSplitLargeEvent` sends an event that is too large for one document. Each
 * has some of the event's fields whole, and a resume token of its own: resuming behind any but the last loses the rest,
 * so nothing of an event may be saved before it is whole.
 * https://www.mongodb.com/docs/manual/reference/operator/aggregation/changeStreamSplitLargeEvent/
 */
export class SplitChangeJoiner {
  private fragments: Fragment[] = [];

  /** Fragments have come, and more of the same event must follow. */
  get isWaiting(): boolean {
    return this.fragments.length > 0;
  }

  /**
   * The change that this document is, or completes; undefined where more of it is to come.
   * @throws SplitChangeError, MalformedBsonError, IncompleteChangeError
   */
  add(bson: Uint8Array): RawChange | undefined {
    const fields = elementsOf(bson);
    const part = partOf(bson, fields.get('splitEvent'));
    const due = this.fragments.length + 1;
    if (part.fragment !== due) throw new SplitChangeError(`fragment ${part.fragment} of ${part.of}`, `fragment ${due}`);
    if (part.of === 1) return readRawChange(bson, fields);
    this.fragments.push({ bson, fields });
    if (due < part.of) return undefined;
    const { fragments } = this;
    this.fragments = [];
    return joined(fragments);
  }
}

/** What has no `splitEvent` is whole; some servers also say `{ fragment: 1, of: 1 }`. */
function partOf(bson: Uint8Array, split: BsonElement | undefined): { fragment: number; of: number } {
  if (split?.type !== BSON_TYPE.document) return { fragment: 1, of: 1 };
  const parts = elementsOf(documentSlice(bson, split));
  const numberOf = (name: string) => {
    const element = parts.get(name);
    return element === undefined ? Number.NaN : Number(valueOf(documentSlice(bson, split), element));
  };
  return { fragment: numberOf('fragment'), of: numberOf('of') };
}

/** The last fragment's token is the one to resume behind; of a field that several have, the first counts. */
function joined(fragments: readonly Fragment[]): RawChange {
  const builder = new BsonBuilder();
  const last = fragments.at(-1);
  const token = last?.fields.get('_id');
  if (last === undefined || token === undefined) throw new IncompleteChangeError('_id');
  builder.element('_id', last.bson, token);
  const seen = new Set(['_id', 'splitEvent']);
  for (const { bson, fields } of fragments) {
    for (const [name, element] of fields) {
      if (!seen.has(name)) builder.element(name, bson, element);
      seen.add(name);
    }
  }
  return { ...readRawChange(builder.build()), identity: identityOf(fragments) };
}

function identityOf([first]: readonly Fragment[]): Uint8Array {
  const token = first?.fields.get('_id');
  if (first === undefined || token === undefined) throw new IncompleteChangeError('_id');
  return documentSlice(first.bson, token);
}
