/**
 * How MongoDB's types stand in a message's JSON, as JSON Schema: what zod cannot know of a class. Extended JSON, canonical
 * (https://www.mongodb.com/docs/manual/reference/mongodb-extended-json/).
 */

const wrapped = (name: string, value: object) => ({
  type: 'object',
  properties: { [name]: value },
  required: [name],
});

const numberText = { type: 'string', pattern: '^-?\\d+$' };

export const WIRE_DATE = wrapped('$date', wrapped('$numberLong', numberText));

export const WIRE_LONG = wrapped('$numberLong', numberText);

export const WIRE_TIMESTAMP = wrapped('$timestamp', {
  type: 'object',
  properties: { t: { type: 'integer' }, i: { type: 'integer' } },
  required: ['t', 'i'],
});

export const WIRE_DOCUMENT = { type: 'object', description: 'A document, its values as Extended JSON' };

export const WIRE_DOCUMENT_KEY = { ...WIRE_DOCUMENT, required: ['_id'] };

/** The envelope's own counts are plain numbers; in events that Sluice makes itself they are wrapped as all others are. */
export const WIRE_INTEGER = { anyOf: [{ type: 'integer' }, wrapped('$numberInt', numberText)] };
