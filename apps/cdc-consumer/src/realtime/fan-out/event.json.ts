import { OMITTABLE_FIELDS, relaxedJsonOf, type ChangeEvent, type OmittableField } from '@sluice/contracts';
import { branchAt, projected, projectedFields, type FieldTree } from '../subscription/field-tree.js';
import { mayKnow, type View } from '../subscription/view.js';

/** What of an event is left out, and where the document can be had. */
export interface Omission {
  readonly fields: readonly OmittableField[];
  readonly href: string | undefined;
}

/** A change as a view shows it: `RealtimeEvent` as JSON. */
export function eventJson(event: ChangeEvent, view: View, omission?: Omission): string {
  const omitted = new Set([...omittedBySource(event), ...(omission?.fields ?? [])]);
  let json = `{"id":${JSON.stringify(event.id)},"stream":${JSON.stringify(event.stream)}`;
  json += `,"operation":"${event.operation}","ns":${JSON.stringify(event.ns)}`;
  json += keyJson(event, view.granted);
  if (!omitted.has('fullDocument')) json += documentJson(event, view.fields);
  if (!omitted.has('updateDescription')) json += changesJson(event, view.fields);
  if (event.operation === 'rename' && mayKnow(view, event.to)) json += `,"to":${JSON.stringify(event.to)}`;
  json += wallTimeJson(event);
  if (omitted.size > 0) json += `,"omitted":${JSON.stringify([...omitted])}`;
  if (omission?.href !== undefined) json += `,"href":${JSON.stringify(omission.href)}`;
  return `${json}}`;
}

/** What a message says of a document that leaves a subscription. */
export function leaveJson(event: ChangeEvent, view: View): string {
  const key = keyJson(event, view.granted);
  return `"ns":${JSON.stringify(event.ns)}${key},"operation":"${event.operation}"${wallTimeJson(event)}`;
}

export function documentKeyJson(key: Readonly<Record<string, unknown>>, granted: FieldTree): string {
  if (granted === true) return relaxedJsonOf(key);
  // A sharded collection's key names nested fields by their dotted path.
  const shown = Object.entries(key).filter(([path]) => branchAt(granted, path.split('.')) === true);
  return relaxedJsonOf(Object.fromEntries(shown));
}

function keyJson(event: ChangeEvent, granted: FieldTree): string {
  return 'documentKey' in event ? `,"documentKey":${documentKeyJson(event.documentKey, granted)}` : '';
}

function documentJson(event: ChangeEvent, fields: FieldTree): string {
  if (!('fullDocument' in event) || event.fullDocument === undefined) return '';
  const shown = event.fullDocument === null ? null : projectedFields(event.fullDocument, fields);
  return `,"fullDocument":${relaxedJsonOf(shown)}`;
}

function changesJson(event: ChangeEvent, fields: FieldTree): string {
  if (event.operation !== 'update') return '';
  const { updatedFields, removedFields, truncatedArrays } = event.updateDescription;
  const isShown = (path: string) => branchAt(fields, path.split('.')) !== undefined;
  const parts = [
    updatedFields && `"updatedFields":${relaxedJsonOf(shownUpdates(updatedFields, fields))}`,
    removedFields && `"removedFields":${JSON.stringify(removedFields.filter(isShown))}`,
    truncatedArrays && `"truncatedArrays":${JSON.stringify(truncatedArrays.filter(({ field }) => isShown(field)))}`,
  ];
  return `,"updateDescription":{${parts.filter((part) => part !== undefined).join(',')}}`;
}

function shownUpdates(updated: Readonly<Record<string, unknown>>, fields: FieldTree): Record<string, unknown> {
  if (fields === true) return updated;
  const shown: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(updated)) {
    const branch = branchAt(fields, path.split('.'));
    const part = branch === undefined ? undefined : projected(value, branch);
    if (part !== undefined) shown[path] = part;
  }
  return shown;
}

function omittedBySource({ omitted = {} }: ChangeEvent): readonly OmittableField[] {
  return OMITTABLE_FIELDS.filter((field) => omitted[field] === true && field !== 'fullDocumentBeforeChange');
}

function wallTimeJson({ wallTime }: ChangeEvent): string {
  return wallTime === undefined ? '' : `,"wallTime":"${wallTime.toISOString()}"`;
}
