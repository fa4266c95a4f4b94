import { canonicalKeyOf } from '@sluice/contracts';
import { EJSON } from 'bson';
import type { Collection, Document } from 'mongodb';
import { LIVING_DOCUMENTS, MIRROR_FIELD } from './mirror.state.js';

/** A document in which a mirror is not like its source. */
export interface MirrorDifference {
  readonly id: unknown;
  /** `missing`: in the source alone. `extra`: in the mirror alone. */
  readonly kind: 'missing' | 'extra' | 'different';
  readonly source?: Document;
  readonly mirror?: Document;
}

export interface MirrorComparison {
  readonly isEqual: boolean;
  /** Of the source. */
  readonly documents: number;
  /** The first ones only. */
  readonly differences: readonly MirrorDifference[];
}

const CHUNK = 500;
const LONGS = { promoteLongs: false } as const;

/**
 * Compares a mirror's documents with its source's, the mirror's own field and the marks of deletes left out. The order
 * of fields does not count: an update appends where its server likes. It sees one state of both only while nothing is
 * written; `most` is how many differences are named.
 */
export async function compareCollections(source: Collection, mirror: Collection, most = 10): Promise<MirrorComparison> {
  const differences: MirrorDifference[] = [];
  let documents = 0;
  for await (const chunk of chunksOf(source, {})) {
    documents += chunk.length;
    const copies = await byId(mirror, chunk, LIVING_DOCUMENTS);
    differences.push(...chunk.flatMap((document) => differenceOf(document, copies.get(canonicalKeyOf(document._id)))));
    if (differences.length >= most) break;
  }
  for await (const chunk of chunksOf(mirror, LIVING_DOCUMENTS)) {
    if (differences.length >= most) break;
    const originals = await byId(source, chunk, {});
    const extra = chunk.filter(({ _id }) => !originals.has(canonicalKeyOf(_id)));
    differences.push(...extra.map((copy): MirrorDifference => ({ id: copy._id, kind: 'extra', mirror: copy })));
  }
  return { isEqual: differences.length === 0, documents, differences: differences.slice(0, most) };
}

function differenceOf(source: Document, mirror: Document | undefined): MirrorDifference[] {
  const id: unknown = source['_id'];
  if (mirror === undefined) return [{ id, kind: 'missing', source }];
  return textOf(source) === textOf(mirror) ? [] : [{ id, kind: 'different', source, mirror }];
}

async function* chunksOf(collection: Collection, filter: Document): AsyncIterable<Document[]> {
  let chunk: Document[] = [];
  for await (const document of collection.find(filter, LONGS)) {
    chunk.push(document);
    if (chunk.length < CHUNK) continue;
    yield chunk;
    chunk = [];
  }
  if (chunk.length > 0) yield chunk;
}

async function byId(collection: Collection, of: readonly Document[], filter: Document): Promise<Map<string, Document>> {
  const ids = of.map((document): never => document['_id'] as never); // whatever the source's are
  const found = await collection.find({ ...filter, _id: { $in: ids } }, LONGS).toArray();
  return new Map(found.map((document) => [canonicalKeyOf(document._id), document]));
}

/** The same for documents with the same values under the same names. */
function textOf(document: Document): string {
  const { [MIRROR_FIELD]: _, ...own } = document;
  return JSON.stringify(sorted(EJSON.serialize(own, { relaxed: false })));
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return names.map(([name, each]) => [name, sorted(each)]);
}
