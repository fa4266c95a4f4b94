/** A handler decorator stands on something that is never called for an instance. */
export class HandlerMethodInvalidError extends Error {
  readonly code = 'SLUICE-HANDLER-METHOD-INVALID';
  override readonly name = 'HandlerMethodInvalidError';

  constructor(decorator: string, method: string) {
    super(
      `SLUICE-HANDLER-METHOD-INVALID  ${decorator} on ${method}: a handler is a method of an instance, ` +
        'neither static nor an accessor.',
    );
  }
}
