import type { ChangeEvent } from '@sluice/contracts';
import type { HandlerFailure } from './dispatch-result.js';

/** A call that failed and will be repeated. */
export interface HandlerRetry {
  readonly handler: string;
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly delayMs: number;
  readonly error: unknown;
}

/** Told how each handler fares with an event, for counters. May not throw. */
export interface DispatchObserver {
  onHandled?(handler: string, event: ChangeEvent): void;
  /** A handler with `once` had dealt with the event before: it was not called. */
  onRepeated?(handler: string, event: ChangeEvent): void;
  onRetry?(retry: HandlerRetry, event: ChangeEvent): void;
  onFailure?(failure: HandlerFailure, event: ChangeEvent): void;
}
