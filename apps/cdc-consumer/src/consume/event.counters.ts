import { namespaceClasses, patternOf, type ChangeEvent, type Pattern } from '@sluice/contracts';
import { HandlerTallies, type HandlerCounters } from './handler.tallies.js';

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
  /** Times that the broker made this replica a partition's active consumer. */
  takeovers = 0;
  private readonly byHandler = new Map<string, HandlerTallies>();

  /** `patternsOf`: what a handler subscribes to, which bounds the namespaces that are told apart. */
  constructor(private readonly patternsOf: (handler: string) => readonly Pattern[]) {}

  /** Where one handler's call for an event is counted. */
  of(handler: string, event: ChangeEvent): HandlerCounters {
    return this.talliesOf(handler).of(event.stream, patternOf(event));
  }

  /** From the change, by MongoDB's wall clock, to now. */
  handledInTime(handler: string, { stream, wallTime, position }: ChangeEvent): void {
    const changedAtMs = wallTime?.getTime() ?? position.clusterTime.t * 1_000;
    this.talliesOf(handler)
      .latencyOf(stream)
      .observeMs(Date.now() - changedAtMs);
  }

  /** A handler's own; zero for one that has had no event, which is how a misspelt namespace shows. */
  ofHandler(name: string): Omit<HandlerCounters, 'retried'> {
    const { handled, repeated, failed } = this.talliesOf(name).sums();
    return { handled, repeated, failed };
  }

  talliesOf(handler: string): HandlerTallies {
    const known = this.byHandler.get(handler);
    if (known !== undefined) return known;
    const topics = this.patternsOf(handler).map((pattern) => pattern.slice(pattern.indexOf('.') + 1));
    const tallies = new HandlerTallies(namespaceClasses(topics));
    this.byHandler.set(handler, tallies);
    return tallies;
  }
}
