import { collections } from './dataset.mjs';

const BATCH = 200;

/** Every tenth document each is updated, replaced or deleted after it was inserted. */
const ROLES = { 1: 'update', 2: 'replace', 3: 'delete' };

function batchesOf(list) {
  return Array.from({ length: Math.ceil(list.length / BATCH) }, (_, n) => list.slice(n * BATCH, (n + 1) * BATCH));
}

/** A later edition of the document: without its empty fields. */
function tidied(document) {
  return Object.fromEntries(Object.entries({ edition: 2, ...document }).filter(([, value]) => value !== null));
}

/** How a change is made, as MongoDB's bulk write takes it. */
export const WRITES = {
  insert: (document) => ({ insertOne: { document } }),
  update: ({ _id }) => ({ updateOne: { filter: { _id }, update: { $set: { checkedAt: new Date() } } } }),
  replace: (document) => ({ replaceOne: { filter: { _id: document._id }, replacement: tidied(document) } }),
  delete: ({ _id }) => ({ deleteOne: { filter: { _id } } }),
};

const ACKNOWLEDGED = {
  insert: 'insertedCount',
  update: 'modifiedCount',
  replace: 'modifiedCount',
  delete: 'deletedCount',
};

/** Writes changes to a database and notes each in the ledger before it is sent. */
export class DemoWriter {
  constructor({ client, database, ledger, EJSON, ObjectId }) {
    this.database = client.db(database);
    this.ledger = ledger;
    this.EJSON = EJSON;
    this.sets = collections().map((set) => ({
      ...set,
      documents: set.documents.map((document) => ({ _id: new ObjectId(), ...document })),
    }));
    this.titles = new Map(
      this.sets.flatMap(({ documents, titleOf }) =>
        documents.map((document) => [this.#keyOf(document), titleOf(document)]),
      ),
    );
  }

  /** The whole data set: everything is inserted, then some documents are updated, replaced and deleted. */
  async writeAll(signal) {
    for (const { name, documents } of this.sets) {
      for (const batch of batchesOf(documents)) await this.#write('insert', name, batch, signal);
    }
    for (const { name, documents } of this.sets) {
      for (const [index, operation] of Object.entries(ROLES)) {
        const chosen = documents.filter((_, n) => n % 10 === Number(index));
        for (const batch of batchesOf(chosen)) await this.#write(operation, name, batch, signal);
      }
    }
  }

  /** One change for the trickle; goes round the data set for ever: a document is updated, replaced, deleted, inserted. */
  async writeOne(turn, signal) {
    const set = this.sets[turn % this.sets.length];
    const operation = ['update', 'replace', 'delete', 'insert'][Math.floor(turn / this.sets.length) % 4];
    const kept = set.documents.filter((_, n) => n % 10 === 5);
    const document = kept[Math.floor(turn / this.sets.length / 4) % kept.length];
    const written = operation === 'replace' ? { ...document, edition: turn } : document;
    await this.#write(operation, set.name, [written], signal);
  }

  /** What people call a document of the data set. */
  titleOf(key) {
    return this.titles.get(key) ?? key;
  }

  #keyOf({ _id }) {
    return this.EJSON.stringify(_id);
  }

  async #write(operation, collection, documents, signal) {
    signal?.throwIfAborted();
    for (const document of documents) {
      this.ledger.sent(operation, `${this.database.databaseName}.${collection}`, this.#keyOf(document));
    }
    const result = await this.database.collection(collection).bulkWrite(documents.map(WRITES[operation]));
    const acknowledged = result[ACKNOWLEDGED[operation]];
    if (acknowledged !== documents.length) {
      throw new Error(
        `MongoDB acknowledged ${acknowledged} of ${documents.length} writes (${operation} in ${collection}).`,
      );
    }
  }
}
