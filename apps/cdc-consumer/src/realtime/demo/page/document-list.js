import { element, fieldsOf, textOf } from './element.js';

const MOST = 50;

/** The documents of a live collection: the first of them, each as it is now. */
export class DocumentList {
  #list;
  #onStale;
  #count = document.querySelector('#document-count');
  #hint = document.querySelector('#documents-hint');
  #collection;
  #lines = new Map();

  constructor(list, { onStale }) {
    this.#list = list;
    this.#onStale = onStale;
  }

  /** Begins again with that collection. */
  follow(collection) {
    this.#collection?.close();
    this.#collection = collection;
    this.#clear();
    this.#hint.textContent = 'Taking a snapshot …';
    collection.onChange((change) => {
      if (this.#collection === collection) this.#take(change);
    });
  }

  #take(change) {
    if (change.type === 'set') this.#show(change.key, change.document, 'fresh');
    else if (change.type === 'remove') this.#hide(change.key);
    else if (change.type === 'reset') this.#showAll();
    else if (change.type === 'stale') this.#onStale();
    this.#count.value = this.#collection.documents.size;
    this.#hint.textContent = this.#hintFor(change);
  }

  #hintFor({ type, because, error }) {
    if (type === 'end' && error) return `${error.code}: ${error.message}`;
    if (type === 'stale') return `Changes may be missing (${because}): taking a new snapshot …`;
    const { size } = this.#collection.documents;
    return size > MOST
      ? `${MOST} of ${size} that match, as they are now.`
      : 'The documents that match, as they are now.';
  }

  #showAll() {
    this.#clear();
    for (const [key, document] of this.#collection.documents) this.#show(key, document, '');
  }

  #show(key, document, mark) {
    const head = element('p', {}, [element('span', { class: 'key' }, textOf(JSON.parse(key)))]);
    const line = element('li', { class: mark }, [head, element('pre', {}, fieldsOf(document))]);
    const before = this.#lines.get(key);
    if (before === undefined && this.#lines.size >= MOST) return;
    this.#lines.set(key, line);
    if (before === undefined) this.#list.append(line);
    else before.replaceWith(line);
  }

  #hide(key) {
    this.#lines.get(key)?.remove();
    this.#lines.delete(key);
  }

  #clear() {
    this.#list.replaceChildren();
    this.#lines.clear();
  }
}
