import { EventRefusedError, type EarlierAttempts } from '@sluice/handlers';

/** The process has died each time that the handler was called for this event, with nothing else running. */
export class ProcessDiedError extends EventRefusedError {
  readonly code = 'SLUICE-HANDLER-PROCESS-DIED';
  readonly reason = 'handler-failed' as const;
  override readonly name = 'ProcessDiedError';

  constructor(
    handler: string,
    override readonly earlier: EarlierAttempts,
  ) {
    super(
      `SLUICE-HANDLER-PROCESS-DIED  the process died while ${handler} handled this event, ${earlier.attempts} times ` +
        `since ${earlier.firstFailedAt.toISOString()} (CRASH_ATTEMPTS allows no more): it is not handled any more. ` +
        'Look for what ends the process (memory, a native module, process.exit), mend it and replay the dead letter.',
    );
  }
}
