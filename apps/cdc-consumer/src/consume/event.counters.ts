/** How one handler fared. */
export interface HandlerCounters {
  handled: number;
  /** Events that a handler with `once` had dealt with before, and was spared. */
  repeated: number;
  /** For good: its attempts were used up, or its policy said that no repeat would help. */
  failed: number;
}

/** How the events of this process's life fared. */
export class EventCounters {
  /** Settled with every matching handler successful. */
  handled = 0;
  /** Calls that failed and were repeated. */
  retried = 0;
  deadLettered = 0;
  /** Acknowledged without a handler: events of retired patterns, or that a wider binding brought. */
  unmatched = 0;
  /** Acknowledged without a handler: sent late, by a producer that had lost the stream. */
  fenced = 0;
  private readonly byHandler = new Map<string, HandlerCounters>();

  /** A handler's own; zero for one that has had no event, which is how a misspelt namespace shows. */
  ofHandler(name: string): HandlerCounters {
    const known = this.byHandler.get(name);
    if (known !== undefined) return known;
    const counters = { handled: 0, repeated: 0, failed: 0 };
    this.byHandler.set(name, counters);
    return counters;
  }
}
