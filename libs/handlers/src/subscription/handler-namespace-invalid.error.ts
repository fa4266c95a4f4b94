/** A decorator names a namespace that no change can have, so that its handler would never be called. */
export class HandlerNamespaceInvalidError extends Error {
  readonly code = 'SLUICE-HANDLER-NAMESPACE-INVALID';
  override readonly name = 'HandlerNamespaceInvalidError';

  /** `place`: the decorator, the class and the method. */
  constructor(place: string, namespace: unknown, fault: string) {
    super(
      `SLUICE-HANDLER-NAMESPACE-INVALID  ${place}: namespace ${JSON.stringify(namespace) ?? String(namespace)} ${fault}. ` +
        'Write "database.collection", "database.*" for every collection of a database, or "*" for all.',
    );
  }
}
