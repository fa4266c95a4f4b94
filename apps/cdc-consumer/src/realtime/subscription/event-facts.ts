import type { BsonDocument, ChangeEvent, DocumentKey, OmittableField, UpdateDescription } from '@sluice/contracts';
import type { EqualityTerm } from './equality-term.js';
import { keyOf, keysAt, ownField } from './field-keys.js';

/**
 * What a change shows of its document before and after it. Each thing is found out once, however many subscriptions ask.
 */
export class EventFacts {
  readonly documentKey: DocumentKey | undefined;
  /** Undefined: not known. Of an update looked up, so it may be newer than the change. */
  readonly after: BsonDocument | undefined;
  /** Undefined: not known, where the stream asks for no pre-images. */
  readonly before: BsonDocument | undefined;
  private readonly keysAfter = new Map<string, readonly string[]>();
  private readonly keysBefore = new Map<string, readonly string[]>();
  private idKeyText: string | undefined;
  private changedPaths: readonly string[] | undefined;

  constructor(readonly event: ChangeEvent) {
    this.documentKey = 'documentKey' in event ? event.documentKey : undefined;
    this.after = ('fullDocument' in event ? event.fullDocument : undefined) ?? undefined;
    this.before = ('fullDocumentBeforeChange' in event ? event.fullDocumentBeforeChange : undefined) ?? undefined;
  }

  /** Canonical key of the document's `_id`. */
  get idKey(): string | undefined {
    this.idKeyText ??= keyOf(this.documentKey?._id);
    return this.idKeyText;
  }

  isOmitted(field: OmittableField): boolean {
    return this.event.omitted?.[field] === true;
  }

  keysOfAfter(term: Pick<EqualityTerm, 'path' | 'parts'>): readonly string[] {
    return keysOf(this.after, term, this.keysAfter);
  }

  keysOfBefore(term: Pick<EqualityTerm, 'path' | 'parts'>): readonly string[] {
    return keysOf(this.before, term, this.keysBefore);
  }

  /** Whether the document's key alone says if it matches; undefined: it does not say. A sharded one has more than `_id`. */
  matchesByKey({ path, parts, key }: EqualityTerm): boolean | undefined {
    const { documentKey } = this;
    const [root = ''] = parts;
    if (documentKey === undefined) return undefined;
    if (Object.hasOwn(documentKey, path)) return keysAt(ownField(documentKey, path), []).includes(key);
    return Object.hasOwn(documentKey, root) ? keysAt(documentKey, parts).includes(key) : undefined;
  }

  /** Whether the update may have changed what is at the path: also true where that cannot be told. */
  mayHaveChanged(path: string): boolean {
    this.changedPaths ??= changedPathsOf(this.event);
    const asked = withoutIndexes(path);
    return this.changedPaths.some((changed) => overlaps(changed, asked));
  }
}

function keysOf(
  document: BsonDocument | undefined,
  { path, parts }: Pick<EqualityTerm, 'path' | 'parts'>,
  known: Map<string, readonly string[]>,
): readonly string[] {
  const found = known.get(path);
  if (found !== undefined) return found;
  const keys = keysAt(document, parts);
  known.set(path, keys);
  return keys;
}

/** Everything, where it is not told. */
const ALL_PATHS: readonly string[] = [''];

function changedPathsOf(event: ChangeEvent): readonly string[] {
  const changes: UpdateDescription | undefined = 'updateDescription' in event ? event.updateDescription : undefined;
  if (changes === undefined) return ALL_PATHS;
  const { updatedFields = {}, removedFields = [], truncatedArrays = [] } = changes;
  const paths = [...Object.keys(updatedFields), ...removedFields, ...truncatedArrays.map(({ field }) => field)];
  return paths.map(withoutIndexes);
}

/** An update names `items.0.price` what a query means by `items.price`. */
function withoutIndexes(path: string): string {
  return path
    .split('.')
    .filter((part) => !/^\d+$/.test(part))
    .join('.');
}

function overlaps(one: string, other: string): boolean {
  const [short, long] = one.length < other.length ? [one, other] : [other, one];
  return short === '' || long === short || long.startsWith(`${short}.`);
}
