import { OMITTABLE_FIELDS, relaxedJsonOf, type ChangeEvent, type Fields, type OmittableField } from '@sluice/contracts';
import { shownByUpdate, type Shown } from '../subscription/changed-path.js';
import { projected, projectedFields, showsField, type FieldTree } from '../subscription/field-tree.js';
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

/**
 * Whether a view can be told how an update has changed the document: not where the event has come without it, nor where
 * it would have to guess what is hidden.
 */
export function canTellChanges(event: ChangeEvent, { fields }: View): boolean {
  if (event.operation !== 'update') return true;
  if (event.omitted?.updateDescription === true) return false;
  if (fields === true) return true;
  const { updatedFields = {}, removedFields = [], truncatedArrays = [] } = event.updateDescription;
  const paths = [...Object.keys(updatedFields), ...removedFields, ...truncatedArrays.map(({ field }) => field)];
  const shownAt = shownByUpdate(event, fields);
  return paths.every((path) => shownAt(path) !== 'either');
}

/** What a message says of a document that leaves a subscription. */
export function leaveJson(event: ChangeEvent, view: View): string {
  const key = keyJson(event, view.granted);
  return `"ns":${JSON.stringify(event.ns)}${key},"operation":"${event.operation}"${wallTimeJson(event)}`;
}

export function documentKeyJson(key: Readonly<Record<string, unknown>>, granted: FieldTree): string {
  if (granted === true) return relaxedJsonOf(key);
  // A sharded collection's key names nested fields by their dotted path.
  const shown = Object.entries(key).filter(([path]) => showsField(granted, path.split('.')));
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
  const shownAt = shownByUpdate(event, fields);
  const isShown = (path: string) => shownAt(path) !== 'hidden';
  const parts = [
    updatedFields && `"updatedFields":${relaxedJsonOf(shownUpdates(updatedFields, shownAt))}`,
    removedFields && `"removedFields":${JSON.stringify(removedFields.filter(isShown))}`,
    truncatedArrays && `"truncatedArrays":${JSON.stringify(truncatedArrays.filter(({ field }) => isShown(field)))}`,
  ];
  return `,"updateDescription":{${parts.filter((part) => part !== undefined).join(',')}}`;
}

function shownUpdates(updated: Fields, shownAt: (path: string) => Shown): Fields {
  const shown: Record<string, unknown> = {};
  for (const [path, value] of Object.entries(updated)) {
    const tree = shownAt(path);
    const part = typeof tree === 'string' ? undefined : projected(value, tree);
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
