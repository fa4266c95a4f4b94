/** A handler file exports nothing that could be called. */
export class HandlerFileEmptyError extends Error {
  readonly code = 'SLUICE-HANDLER-FILE-EMPTY';
  override readonly name = 'HandlerFileEmptyError';

  constructor(file: string, fault: string) {
    super(
      `SLUICE-HANDLER-FILE-EMPTY  ${file}: ${fault}. A handler file exports a class with @Injectable() or ` +
        '@Controller() that extends MirrorProjection.of(…), or has at least one method with @OnInsert, @OnUpdate, ' +
        '@OnReplace, @OnDelete, @OnChange, @OnBatch, @OnGap or @EventPattern.',
    );
  }
}
