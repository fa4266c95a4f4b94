import type { DeadLetterReason } from '@sluice/contracts';
import type { EarlierAttempts } from './handler.parking.js';

/** A handler's event that no repeat of the call can help: it becomes a dead letter with its own reason, at once. */
export abstract class EventRefusedError extends Error {
  abstract readonly code: string;
  abstract readonly reason: DeadLetterReason;
  /** Of calls before, where it was not called at all this time; the dead letter tells of those. */
  readonly earlier?: EarlierAttempts;
}

/** What a dead letter says of how often the handler was called: the calls of this run, or those it was refused for. */
export function toldAttempts(error: unknown, ofRun: EarlierAttempts): EarlierAttempts {
  return (error instanceof EventRefusedError ? error.earlier : undefined) ?? ofRun;
}

/** Why an event that a handler failed of becomes a dead letter. */
export function failureReason(error: unknown): DeadLetterReason {
  return error instanceof EventRefusedError ? error.reason : 'handler-failed';
}
