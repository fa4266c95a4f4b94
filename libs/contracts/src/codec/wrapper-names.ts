/**
 * Field names by which Extended JSON tells a typed value from a document
 * (https://github.com/mongodb/specifications/blob/master/source/extended-json/extended-json.md).
 *
 * MongoDB stores documents that have such fields of their own (a saved query, `{ $date: '$createdAt' }`), and
 * Extended JSON has no way to say so: read back, `{ $oid: '…' }` would be an ObjectId. Our writer spells the dollar of
 * such a stored name `\u0024`. To every JSON reader that is the same name; ours takes it for what it is, a field.
 */
export const WRAPPER_NAMES: ReadonlySet<string> = new Set([
  '$oid',
  '$symbol',
  '$numberInt',
  '$numberLong',
  '$numberDouble',
  '$numberDecimal',
  '$binary',
  '$uuid',
  '$code',
  '$scope',
  '$timestamp',
  '$regularExpression',
  '$dbPointer',
  '$date',
  '$minKey',
  '$maxKey',
  '$undefined',
]);
