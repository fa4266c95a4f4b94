import { element, fieldsOf, textOf, timeOf } from './element.js';

const MOST = 200;
/** An event that happened so long before it came was caught up on. */
const OLD_MS = 3_000;

/** The newest events, newest first. */
export class EventList {
  #list;
  #onOld;
  #onGap;
  #count = document.querySelector('#event-count');
  #hint = document.querySelector('#events-hint');
  #current;

  constructor(list, { onOld, onGap }) {
    this.#list = list;
    this.#onOld = onOld;
    this.#onGap = onGap;
  }

  /** Begins again with that subscription. */
  follow(subscription) {
    this.#current = subscription;
    this.#list.replaceChildren();
    this.#count.value = 0;
    this.#hint.textContent = 'Waiting for the first change.';
    subscription
      .forEach((item) => this.#take(item))
      .catch((error) => {
        if (this.#current === subscription) this.#add('error', 'refused', `${error.code}: ${error.message}`);
      });
  }

  #take(item) {
    if (item.type === 'gap') {
      this.#onGap();
      const from = item.from === null ? 'an unknown time' : timeOf(item.from);
      const to = item.to === null ? 'now' : timeOf(item.to);
      return this.#add('gap', 'gap', `Changes between ${from} and ${to} may be missing (${item.reason}).`);
    }
    const { operation, documentKey, wallTime, ...rest } = item.type === 'leave' ? item : item.event;
    if (wallTime && Date.now() - Date.parse(wallTime) > OLD_MS) this.#onOld();
    const kind = item.type === 'leave' ? 'leave' : operation;
    this.#add(kind, kind, keyText(documentKey), wallTime, bodyOf(rest));
  }

  #add(kind, what, text, wallTime, body) {
    const head = element('p', {}, [
      element('span', { class: 'what' }, what),
      element('span', { class: 'key' }, text),
      element('time', {}, timeOf(wallTime ?? Date.now())),
    ]);
    const rest = body === undefined ? [] : [element('pre', {}, body)];
    const line = element('li', { class: 'fresh', 'data-kind': kind }, [head, ...rest]);
    this.#list.prepend(line);
    while (this.#list.childElementCount > MOST) this.#list.lastElementChild.remove();
    this.#count.value = Number(this.#count.value) + 1;
    this.#hint.textContent = `The last ${MOST} at most, newest first.`;
  }
}

function keyText(documentKey) {
  return documentKey === undefined ? 'the whole collection' : textOf(documentKey._id);
}

/** What is worth showing: the document, else what has changed in it. */
function bodyOf({ fullDocument, updateDescription, href, omitted }) {
  if (href !== undefined) return `${omitted.join(', ')}: too large for a message, at ${href}`;
  if (fullDocument) return fieldsOf(fullDocument);
  return updateDescription && fieldsOf(updateDescription);
}
