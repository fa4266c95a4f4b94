import type { EqualityTerm } from './equality-term.js';
import type { EventFacts } from './event-facts.js';

/** What the index needs of a subscription. */
export interface Indexed {
  readonly namespace: string;
  readonly terms: readonly EqualityTerm[];
  /** The last event that it was met for, so that none meets it twice. The index's own. */
  metFor: number;
}

/**
 * Finds the subscriptions that an event could concern. Each is filed under its namespace and one of its equality terms,
 * so an event looks up its own values and meets only those that could match, and those that it may take a document from.
 */
export class SubscriptionIndex<Item extends Indexed> {
  private readonly namespaces = new Map<string, NamespaceShelf<Item>>();
  private events = 0;

  add(item: Item): void {
    let shelf = this.namespaces.get(item.namespace);
    if (shelf === undefined) this.namespaces.set(item.namespace, (shelf = new NamespaceShelf()));
    shelf.add(item);
  }

  remove(item: Item): void {
    const shelf = this.namespaces.get(item.namespace);
    shelf?.remove(item);
    if (shelf?.isEmpty === true) this.namespaces.delete(item.namespace);
  }

  /** Whether anybody could be concerned, so that an event of no interest is not even read. */
  has(namespace: string): boolean {
    return this.namespaces.has(namespace) || (!namespace.includes('.') && this.inDatabase(namespace).length > 0);
  }

  /** All subscriptions of a namespace; of a database's name alone those of all its namespaces; undefined: of all. */
  *in(namespace: string | undefined): Iterable<Item> {
    if (namespace !== undefined && namespace.includes('.')) {
      yield* this.namespaces.get(namespace)?.items ?? [];
      return;
    }
    const shelves = namespace === undefined ? [...this.namespaces.values()] : this.inDatabase(namespace);
    for (const shelf of shelves) yield* shelf.items;
  }

  /** Meets each that the event could concern, once. */
  meet(namespace: string, facts: EventFacts, meet: (item: Item) => void): void {
    const event = ++this.events;
    const once = (item: Item): void => {
      if (item.metFor === event) return;
      item.metFor = event;
      meet(item);
    };
    const shelf = this.namespaces.get(namespace);
    if (facts.documentKey !== undefined) shelf?.meet(facts, once);
    else for (const item of this.in(namespace)) once(item);
  }

  private inDatabase(database: string): readonly NamespaceShelf<Item>[] {
    return [...this.namespaces].filter(([name]) => name.startsWith(`${database}.`)).map(([, shelf]) => shelf);
  }
}

/** One path, and the subscriptions that wait for each of its values. */
interface PathShelf<Item> {
  readonly term: EqualityTerm;
  readonly byKey: Map<string, Set<Item>>;
}

/** The subscriptions of one namespace. */
class NamespaceShelf<Item extends Indexed> {
  readonly items = new Set<Item>();
  private readonly plain = new Set<Item>();
  private readonly byId = new Map<string, Set<Item>>();
  private readonly byPath = new Map<string, PathShelf<Item>>();
  /** By every path that it names, for updates that change it. */
  private readonly byNamedPath = new Map<string, Set<Item>>();

  get isEmpty(): boolean {
    return this.items.size === 0;
  }

  add(item: Item): void {
    this.items.add(item);
    const term = indexedTerm(item.terms);
    if (term === undefined) return void this.plain.add(item);
    addTo(this.shelfOf(term), term.key, item);
    if (term.path !== '_id') for (const { path } of item.terms) addTo(this.byNamedPath, path, item);
  }

  remove(item: Item): void {
    this.items.delete(item);
    this.plain.delete(item);
    const term = indexedTerm(item.terms);
    if (term === undefined) return;
    const shelf = this.shelfOf(term);
    removeFrom(shelf, term.key, item);
    if (shelf.size === 0) this.byPath.delete(term.path);
    for (const { path } of item.terms) removeFrom(this.byNamedPath, path, item);
  }

  meet(facts: EventFacts, meet: (item: Item) => void): void {
    for (const item of this.plain) meet(item);
    if (facts.idKey !== undefined) for (const item of this.byId.get(facts.idKey) ?? []) meet(item);
    for (const { term, byKey } of this.byPath.values()) {
      if (facts.after !== undefined) meetEach(byKey, facts.keysOfAfter(term), meet);
      if (facts.before !== undefined) meetEach(byKey, facts.keysOfBefore(term), meet);
    }
    this.meetUnknown(facts, meet);
  }

  /** Those that may lose the document, or get it, without that any value of the event shows it. */
  private meetUnknown(facts: EventFacts, meet: (item: Item) => void): void {
    const { operation } = facts.event;
    if (operation === 'insert' && facts.after !== undefined) return;
    const isNew = facts.after === undefined && facts.isOmitted('fullDocument');
    if (facts.before !== undefined && !isNew) return;
    const isUpdate = operation === 'update' && facts.after !== undefined;
    for (const [path, items] of this.byNamedPath) {
      if (!isUpdate || facts.mayHaveChanged(path)) for (const item of items) meet(item);
    }
  }

  private shelfOf(term: EqualityTerm): Map<string, Set<Item>> {
    if (term.path === '_id') return this.byId;
    let shelf = this.byPath.get(term.path);
    if (shelf === undefined) this.byPath.set(term.path, (shelf = { term, byKey: new Map() }));
    return shelf.byKey;
  }
}

/** The one that says most: `_id` before anything else, and what is not just a yes, a no or nothing. */
function indexedTerm(terms: readonly EqualityTerm[]): EqualityTerm | undefined {
  const byId = terms.find(({ path }) => path === '_id');
  return byId ?? terms.find(({ value }) => typeof value !== 'boolean' && value !== null) ?? terms[0];
}

function meetEach<Item>(byKey: Map<string, Set<Item>>, keys: readonly string[], meet: (item: Item) => void): void {
  for (const key of keys) for (const item of byKey.get(key) ?? []) meet(item);
}

function addTo<Item>(shelves: Map<string, Set<Item>>, key: string, item: Item): void {
  const items = shelves.get(key);
  if (items === undefined) shelves.set(key, new Set([item]));
  else items.add(item);
}

function removeFrom<Item>(shelves: Map<string, Set<Item>>, key: string, item: Item): void {
  const items = shelves.get(key);
  items?.delete(item);
  if (items?.size === 0) shelves.delete(key);
}
