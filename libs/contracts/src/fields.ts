/** Values by name. */
export type Fields = Readonly<Record<string, unknown>>;

/** Whether a value is a plain object, as JSON, YAML or BSON is read into: never one of BSON's own types, such as an ObjectId. */
export function isFields(value: unknown): value is Fields {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Whether a value where a document must stand is one. It may be a DBRef: the driver and our codec give a document that
 * looks like one as such, and its change is a change as any other.
 */
export function isDocument(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
