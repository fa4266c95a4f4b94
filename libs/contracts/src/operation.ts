import { z } from 'zod';

/** Operations that change one document; they carry a document key and go to that document's bucket. */
export const DOCUMENT_OPERATIONS = ['insert', 'update', 'replace', 'delete'] as const;

/**
 * Operations that change a whole namespace, or the stream itself. They carry no document key and no bucket.
 * `gap` is ours: changes between two points are known to be lost to the stream.
 */
export const CONTROL_OPERATIONS = ['drop', 'rename', 'dropDatabase', 'invalidate', 'gap'] as const;

export const documentOperationSchema = z.enum(DOCUMENT_OPERATIONS);
export const controlOperationSchema = z.enum(CONTROL_OPERATIONS);
/** `read` is a document as a snapshot found it. */
export const operationSchema = z.enum([...DOCUMENT_OPERATIONS, 'read', ...CONTROL_OPERATIONS]);

export type DocumentOperation = z.infer<typeof documentOperationSchema>;
export type ControlOperation = z.infer<typeof controlOperationSchema>;
export type Operation = z.infer<typeof operationSchema>;

export function isControlOperation(operation: string): operation is ControlOperation {
  return (CONTROL_OPERATIONS as readonly string[]).includes(operation);
}
