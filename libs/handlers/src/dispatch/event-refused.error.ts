import type { DeadLetterReason } from '@sluice/contracts';

/** A handler's event that no repeat of the call can help: it becomes a dead letter with its own reason, at once. */
export abstract class EventRefusedError extends Error {
  abstract readonly code: string;
  abstract readonly reason: DeadLetterReason;
}

/** Why an event that a handler failed of becomes a dead letter. */
export function failureReason(error: unknown): DeadLetterReason {
  return error instanceof EventRefusedError ? error.reason : 'handler-failed';
}
