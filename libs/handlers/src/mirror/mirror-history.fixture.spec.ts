import { namespaceName, positionKey, type BsonDocument, type DocumentEvent } from '@sluice/contracts';
import { EventBuilder } from '@sluice/testing';
import fc from 'fast-check';
import { withUpdate } from './update.description.js';

/** What happens to a document next. */
export type Deed = 'insert' | 'set' | 'unset' | 'shorten' | 'replace' | 'delete';

export interface PlannedDeed {
  readonly id: number;
  readonly deed: Deed;
  /** Whether the update comes with the document as it is when all is over. */
  readonly lookUp: boolean;
}

export interface History {
  readonly events: readonly DocumentEvent[];
  /** By document and position: what the source had then; undefined where it was deleted. */
  readonly states: ReadonlyMap<string, BsonDocument | undefined>;
  /** What the source has in the end. */
  readonly final: ReadonlyMap<number, BsonDocument>;
}

const NAMESPACE = 'shop.orders';

export const deeds: fc.Arbitrary<readonly PlannedDeed[]> = fc.array(
  fc.record({
    id: fc.integer({ min: 0, max: 2 }),
    deed: fc.constantFrom<Deed>('insert', 'set', 'set', 'unset', 'shorten', 'replace', 'delete'),
    lookUp: fc.boolean(),
  }),
  { maxLength: 25 },
);

export function stateName(id: unknown, position: string): string {
  return `${String(id)} ${position}`;
}

/** Plays the deeds at a source; what makes no sense where the document stands becomes an insert or a replacement. */
export function historyOf(plan: readonly PlannedDeed[]): History {
  const builder = new EventBuilder();
  const final = new Map<number, BsonDocument>();
  const states = new Map<string, BsonDocument | undefined>();
  const events = plan.map(({ id, deed, lookUp }, version): DocumentEvent => {
    const event = eventOf(builder, { id, deed, lookUp, version, before: final.get(id) });
    const after = stateAfter(event, final.get(id));
    if (after === undefined) final.delete(id);
    else final.set(id, after);
    states.set(stateName(id, positionKey(event.position)), after);
    return event;
  });
  // Looked up when all is over: newer than the change, or null where the document is gone.
  const lookedUp = events.map((event, index): DocumentEvent => {
    if (event.operation !== 'update' || plan[index]?.lookUp !== true) return event;
    return { ...event, fullDocument: final.get(Number(event.documentKey._id)) ?? null };
  });
  return { events: lookedUp, states, final };
}

function eventOf(
  builder: EventBuilder,
  { id, deed, version, before }: PlannedDeed & { version: number; before: BsonDocument | undefined },
): DocumentEvent {
  const document = { _id: id, version, list: [version, 1, { deep: version }], note: 'x' };
  if (before === undefined) return builder.anInsert(NAMESPACE, document);
  const isList = Array.isArray(before['list']) && before['list'].length > 2;
  switch (deed) {
    case 'set':
      return builder.anUpdate(NAMESPACE, id, {
        updatedFields: { version, ...(isList ? { 'list.2.deep': version } : { list: [version, 1, { deep: 0 }] }) },
      });
    case 'unset':
      return builder.anUpdate(NAMESPACE, id, { updatedFields: { version }, removedFields: ['note'] });
    case 'shorten':
      return builder.anUpdate(NAMESPACE, id, {
        updatedFields: { version },
        ...(Array.isArray(before['list']) ? { truncatedArrays: [{ field: 'list', newSize: 1 }] } : {}),
      });
    case 'delete':
      return builder.aDelete(NAMESPACE, id);
    default:
      return builder.aReplace(NAMESPACE, document);
  }
}

function stateAfter(event: DocumentEvent, before: BsonDocument | undefined): BsonDocument | undefined {
  if (event.operation === 'delete') return undefined;
  if (event.operation !== 'update') return event.fullDocument;
  const updated = withUpdate(before ?? {}, event.updateDescription);
  if (!updated.isApplied) throw new Error(`${namespaceName(event.ns)}: ${updated.why}`);
  return updated.document;
}
