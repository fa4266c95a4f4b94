import type { ChangeEvent } from '@sluice/contracts';
import type { InvokeHandler } from '../registry/registered.handler.js';
import { DocumentInvalidError } from './document-invalid.error.js';
import type { StandardSchema } from './standard-schema.js';

/**
 * Calls the handler with the document as its schema gives it back. The event is shared with other handlers, so it is
 * copied and never changed. What has no document (a delete, an update whose look-up found nothing) is passed as it is.
 * @throws DocumentInvalidError
 */
export function withDocument(schema: StandardSchema | undefined, invoke: InvokeHandler): InvokeHandler {
  if (schema === undefined) return invoke;
  return async (event, context) => invoke(await parsedEvent(schema, event), context);
}

/** The event with its document as the schema gives it back. @throws DocumentInvalidError */
export async function parsedEvent(schema: StandardSchema, event: ChangeEvent): Promise<ChangeEvent> {
  if (!('fullDocument' in event) || event.fullDocument === null || event.fullDocument === undefined) return event;
  const result = await schema['~standard'].validate(event.fullDocument);
  if (result.issues !== undefined) throw new DocumentInvalidError(result.issues);
  // The decorator's type has told the compiler that the method takes what the schema gives.
  return { ...event, fullDocument: result.value } as ChangeEvent;
}
