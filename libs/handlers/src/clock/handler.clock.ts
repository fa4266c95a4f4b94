/**
 * Time and chance as the dispatcher sees them: in tests a clock that does not wait takes its place, so that a test of
 * five attempts ends at once and the same every time.
 */
export interface HandlerClock {
  now(): Date;
  /** From 0 up to, but not including, 1. */
  random(): number;
  /** Ends after `ms` milliseconds or as soon as `signal` aborts, whichever comes first; never rejects. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

/** Injection token of the `HandlerClock`. */
export const HANDLER_CLOCK = Symbol('sluice:handler-clock');
