import { EventRefusedError } from '@sluice/handlers';

/** The handler that an event was kept for does not exist here any more, or does not want it any more. */
export class HandlerGoneError extends EventRefusedError {
  readonly code = 'SLUICE-HANDLER-GONE';
  readonly reason = 'handler-failed' as const;
  override readonly name = 'HandlerGoneError';

  constructor(handler: string) {
    super(
      `SLUICE-HANDLER-GONE  no handler ${handler} takes this event in this deployment; ` +
        'deploy it again and replay the dead letter, or discard it',
    );
  }
}
