import { hash } from 'node:crypto';
import { changeEventSchema, OMITTABLE_FIELDS, type ChangeEvent } from './change-event.js';
import { BsonBuilder } from './codec/bson-builder.js';
import { documentOf } from './codec/bson-value.js';
import type { RawChange } from './envelope/raw-change.js';
import { describeFaults, UnreadableMessageError } from './envelope/envelope.decoder.js';

/**
 * What an event had no room for in its message lies in a file, as one BSON document of those fields; the message names
 * the file. The name says whose it is and what is in it, so that a change which is read again finds its file there,
 * and a file whose bytes are not the ones that were stored is never handed to anybody.
 */
export function claimOf(eventId: string, body: Uint8Array): string {
  return `${eventId}.${digestOf(body)}`;
}

/** Whether these bytes are what the claim stands for. */
export function isBodyOf(claim: string, body: Uint8Array): boolean {
  return claim.endsWith(`.${digestOf(body)}`);
}

/** The file's content: the fields of `whole` that `fitting` leaves out. @throws MalformedBsonError */
export function claimedBodyOf(whole: RawChange, fitting: RawChange): Buffer {
  const builder = new BsonBuilder();
  for (const name of OMITTABLE_FIELDS) {
    const element = whole.fields.get(name);
    if (element !== undefined && !fitting.fields.has(name)) builder.element(name, whole.bson, element);
  }
  return builder.build();
}

/** The event with what its message had no room for. @throws UnreadableMessageError where the two do not fit together. */
export function wholeEventOf(event: ChangeEvent, claimedBody: Uint8Array): ChangeEvent {
  const { omitted: _claimed, ...rest } = event;
  const parsed = changeEventSchema.safeParse({ ...rest, ...fieldsOf(claimedBody) });
  if (!parsed.success) throw new UnreadableMessageError(`with its claimed part: ${describeFaults(parsed.error)}`);
  return parsed.data;
}

function fieldsOf(body: Uint8Array): Record<string, unknown> {
  try {
    return documentOf(body);
  } catch (cause) {
    throw new UnreadableMessageError('its claimed part is no BSON', { cause });
  }
}

function digestOf(body: Uint8Array): string {
  return hash('sha256', body, 'hex');
}
