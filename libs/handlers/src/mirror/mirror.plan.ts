import { positionKey, type BsonDocument, type DocumentEvent } from '@sluice/contracts';
import {
  MirrorChangeInapplicableError,
  MirrorDocumentUnknownError,
  MirrorFieldReservedError,
  type MirrorRefusedError,
} from './mirror.errors.js';
import { MIRROR_FIELD, type MirroredState, type MirrorWrite, type WriteGuard } from './mirror.state.js';
import { withUpdate } from './update.description.js';

/** What a run of one document's events comes to. */
export interface MirrorPlan {
  /** None where nothing is to be changed. */
  readonly write: MirrorWrite | undefined;
  /** What the mirror has is this very change. */
  readonly repeated: number;
  /** What the mirror has is newer. */
  readonly overtaken: number;
  /** Updates of a document that the mirror does not have, and that had gone when it was looked up. */
  readonly unknown: readonly DocumentEvent[];
  /** The first event that cannot be applied; those behind it are left alone. */
  readonly refused: { readonly event: DocumentEvent; readonly error: MirrorRefusedError } | undefined;
}

type Step =
  | { readonly kind: 'becomes'; readonly document: BsonDocument | undefined }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'refused'; readonly error: MirrorRefusedError };

const NOTHING: MirroredState = { position: undefined, document: undefined };

/**
 * What a document's events make of what was read of it, as one write that happens only if it is still there. An update
 * is applied field by field, and its looked-up document only taken where that cannot be done: it may be newer than the
 * change, and the document would go back with the next event.
 */
export function planOn(stored: MirroredState | undefined, events: readonly DocumentEvent[]): MirrorPlan {
  const base = stored ?? NOTHING;
  // Nothing at all is below every position, and a document that appears in the meantime is not.
  const guard: WriteGuard =
    stored === undefined ? { kind: 'below', position: '' } : { kind: 'unchanged', position: stored.position };
  return fold(base, events, guard);
}

/**
 * The same without having read anything: from the last event on that has the whole document or deletes it. Undefined
 * where there is none. The write is for a mirror that is older than that event, or, where that is an insert, does not
 * have the document: an insert costs the server a quarter of an upsert. Another mirror has to be read first.
 */
export function planUnread(events: readonly DocumentEvent[]): MirrorPlan | undefined {
  const from = events.findLastIndex((event) => event.operation !== 'update');
  const whole = events[from];
  if (whole === undefined || !isInOrder(events)) return undefined;
  const isFirst = from === 0 && (whole.operation === 'insert' || whole.operation === 'read');
  const guard: WriteGuard = isFirst ? { kind: 'absent' } : { kind: 'below', position: positionKey(whole.position) };
  return fold(NOTHING, events.slice(from), guard);
}

/** Events that come again may stand behind later ones. */
function isInOrder(events: readonly DocumentEvent[]): boolean {
  const positions = events.map(({ position }) => positionKey(position));
  return positions.every((position, index) => index === 0 || position > (positions[index - 1] ?? ''));
}

function fold(base: MirroredState, events: readonly DocumentEvent[], guard: WriteGuard): MirrorPlan {
  let { position, document } = base;
  const counts = { repeated: 0, overtaken: 0 };
  const unknown: DocumentEvent[] = [];
  let refused: MirrorPlan['refused'];
  for (const event of events) {
    const key = positionKey(event.position);
    if (position !== undefined && key <= position) {
      counts[key === position ? 'repeated' : 'overtaken'] += 1;
      continue;
    }
    const step = stepOf(event, document);
    if (step.kind === 'refused') {
      refused = { event, error: step.error };
      break;
    }
    if (step.kind === 'unknown') unknown.push(event);
    else [position, document] = [key, step.document];
  }
  if (position === undefined || position === base.position) return { write: undefined, ...counts, unknown, refused };
  const write = { id: events[0]?.documentKey._id, guard, position, document };
  return { write, ...counts, unknown, refused };
}

function stepOf(event: DocumentEvent, document: BsonDocument | undefined): Step {
  const step = changeOf(event, document);
  const isReserved = step.kind === 'becomes' && step.document !== undefined && MIRROR_FIELD in step.document;
  return isReserved ? { kind: 'refused', error: new MirrorFieldReservedError(event) } : step;
}

function changeOf(event: DocumentEvent, document: BsonDocument | undefined): Step {
  if (event.operation === 'delete') return { kind: 'becomes', document: undefined };
  if (event.operation === 'update') return updateOf(event, document);
  return wholeOr(event, () => inapplicable(event, 'its document was left out of the event'));
}

function updateOf(event: DocumentEvent & { operation: 'update' }, document: BsonDocument | undefined): Step {
  if (document === undefined) {
    return wholeOr(event, () => {
      // Looked up and not found: it has been deleted since, and that comes behind.
      if (event.fullDocument === null) return { kind: 'unknown' };
      return { kind: 'refused', error: new MirrorDocumentUnknownError(event) };
    });
  }
  const { updateDescription } = event;
  if (event.omitted?.updateDescription === true)
    return wholeOr(event, () => inapplicable(event, 'what it changed was left out of the event'));
  const updated = withUpdate(document, updateDescription);
  if (updated.isApplied) return { kind: 'becomes', document: updated.document };
  return wholeOr(event, () => inapplicable(event, updated.why));
}

function wholeOr({ fullDocument }: { fullDocument?: BsonDocument | null | undefined }, otherwise: () => Step): Step {
  return fullDocument == null ? otherwise() : { kind: 'becomes', document: fullDocument };
}

function inapplicable(event: DocumentEvent, why: string): Step {
  return { kind: 'refused', error: new MirrorChangeInapplicableError(event, why) };
}
