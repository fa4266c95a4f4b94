/** Two handlers bear the same name, so that their retries, dead letters and inbox entries would be mixed up. */
export class HandlerNameTakenError extends Error {
  readonly code = 'SLUICE-HANDLER-NAME-TAKEN';
  override readonly name = 'HandlerNameTakenError';

  constructor(handler: string, modules: readonly string[]) {
    super(
      `SLUICE-HANDLER-NAME-TAKEN  handler ${handler} exists more than once (in ${modules.join(' and ')}). ` +
        'Provide its class in one module only, or give one of the two classes another name.',
    );
  }
}
