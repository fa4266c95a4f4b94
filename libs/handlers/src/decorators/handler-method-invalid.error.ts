/** A handler decorator stands on something that is never called for an instance. */
export class HandlerMethodInvalidError extends Error {
  readonly code = 'SLUICE-HANDLER-METHOD-INVALID';
  override readonly name = 'HandlerMethodInvalidError';

  /** `place`: the decorator, the class and the method. */
  constructor(place: string) {
    super(
      `SLUICE-HANDLER-METHOD-INVALID  ${place}: a handler is a method of an instance, ` +
        'neither static nor an accessor.',
    );
  }
}
