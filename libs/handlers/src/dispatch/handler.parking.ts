/** How a handler has fared so far with an event that it still has to handle. */
export interface EarlierAttempts {
  /** Calls that have failed. */
  readonly attempts: number;
  readonly firstFailedAt: Date;
}

/** A handler that will be called again for an event, but later than its document's lane waits for it. */
export interface WaitingHandler extends EarlierAttempts {
  readonly handler: string;
  /** What was thrown last. */
  readonly error: unknown;
  readonly lastFailedAt: Date;
  /** From `lastFailedAt` to the next call. */
  readonly delayMs: number;
}

/**
 * Takes one event out of its lane for single handlers, so that the lane goes on while they wait. Once a method has
 * resolved, the event is kept for that handler whatever becomes of the delivery.
 */
export interface HandlerParking {
  /** What a parked event's handler has behind it: its attempts go on from there. */
  readonly earlier?: EarlierAttempts;
  /** Earlier events of the same document wait for this handler: it must not see this one before them. */
  mustFollow(handler: string): boolean;
  /** Puts the event behind those. */
  follow(handler: string): Promise<void>;
  /** Puts the event aside until the handler's next attempt. */
  park(waiting: WaitingHandler): Promise<void>;
}
