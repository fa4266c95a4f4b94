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

/** Told about what happens between the start and the end of a dispatch, for counters. May not throw. */
export interface DispatchObserver {
  onRetry?(retry: HandlerRetry, event: ChangeEvent): void;
  onFailure?(failure: HandlerFailure, event: ChangeEvent): void;
}
