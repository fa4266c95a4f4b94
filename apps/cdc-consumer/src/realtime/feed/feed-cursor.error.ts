/** What a client gave as its cursor was never handed out as one. */
export class FeedCursorError extends Error {
  readonly code = 'SLUICE-REALTIME-CURSOR-INVALID';

  constructor() {
    super('the cursor is none that was handed out; subscribe without one, or with a time, and take a snapshot');
    this.name = 'FeedCursorError';
  }
}
