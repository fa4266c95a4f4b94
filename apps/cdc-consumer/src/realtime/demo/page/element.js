/** An element with attributes and children; text is never read as HTML. */
export function element(name, attributes, children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== '') made.setAttribute(key, value);
  made.append(...[children].flat());
  return made;
}

/** A value as a person reads it: no quotes around a text or an ObjectId. */
export function textOf(value) {
  if (typeof value === 'string') return value;
  if (typeof value?.$oid === 'string') return value.$oid;
  return JSON.stringify(value);
}

/** A document in one line; its `_id` stands beside it already. */
export function fieldsOf({ _id: _shown, ...fields }) {
  const texts = Object.entries(fields).map(([name, value]) => `${name}: ${textOf(value)}`);
  return texts.length > 0 ? texts.join(' · ') : 'no other fields';
}

export function timeOf(value) {
  return new Date(value).toLocaleTimeString([], { hourCycle: 'h23' });
}
