/** How the events of this process's life fared. */
export class EventCounters {
  /** Settled with every matching handler successful. */
  handled = 0;
  /** Calls that failed and were repeated. */
  retried = 0;
  deadLettered = 0;
  /** Acknowledged without a handler: events of retired patterns, or that a wider binding brought. */
  unmatched = 0;
}
