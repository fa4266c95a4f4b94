import { OMITTABLE_FIELDS, withoutFields, type OmittableField, type RawChange } from '@sluice/contracts';

/**
 * The change with less and less in it: without its pre-image, then also without its document, then also without the
 * description of its update. What says most about the change is kept longest. Ends with the change that has none of
 * them; steps that would leave nothing out are skipped.
 */
export function* shrinking(change: RawChange): Generator<RawChange> {
  const left: OmittableField[] = [];
  for (const name of OMITTABLE_FIELDS) {
    if (!change.fields.has(name)) continue;
    left.push(name);
    yield withoutFields(change, left);
  }
}
