import type { EventOf, Operation } from '@sluice/contracts';
import type { DocumentOf, StandardSchema } from './standard-schema.js';

/**
 * What a decorator brings its method: with a schema, the document is what the schema gives back; without one it is
 * `never`, which fits every type that the method claims. A pre-image is not parsed, so it stays a claim.
 */
export type HandledEvent<O extends Operation, S extends StandardSchema | undefined> = S extends StandardSchema
  ? ParsedEvent<EventOf<O, never>, DocumentOf<S>>
  : EventOf<O, never>;

type ParsedEvent<E, T> = E extends { operation: 'insert' | 'replace' | 'read' }
  ? Omit<E, 'fullDocument'> & { fullDocument: T }
  : E extends { operation: 'update' }
    ? Omit<E, 'fullDocument'> & { fullDocument?: T | null | undefined }
    : E;
