import { LatencyHistogram, TallyBook, type Tally } from '@sluice/observability';

/** How one handler fared. */
export interface HandlerCounters {
  handled: number;
  /** Events that a handler with `once` had dealt with before, and was spared. */
  repeated: number;
  /** Calls that failed and were repeated. */
  retried: number;
  /** For good: its attempts were used up, or its policy said that no repeat would help. */
  failed: number;
}

/** Names of streams come with the messages: a foreign program could send any number of them. */
const STREAMS = 64;
const OTHER_STREAMS = 'other';

interface StreamTallies {
  readonly book: TallyBook<HandlerCounters>;
  readonly latency: LatencyHistogram;
}

/** What is counted of one handler, by stream, operation and namespace class. */
export class HandlerTallies {
  private readonly byStream = new Map<string, StreamTallies>();

  constructor(private readonly classOf: (pattern: string) => string) {}

  of(stream: string, pattern: string): HandlerCounters {
    return this.ofStream(stream).book.of(pattern);
  }

  latencyOf(stream: string): LatencyHistogram {
    return this.ofStream(stream).latency;
  }

  sums(): HandlerCounters {
    const sums = { handled: 0, repeated: 0, retried: 0, failed: 0 };
    for (const { handled, repeated, retried, failed } of this.all()) {
      sums.handled += handled;
      sums.repeated += repeated;
      sums.retried += retried;
      sums.failed += failed;
    }
    return sums;
  }

  all(): (Tally<HandlerCounters> & { readonly stream: string })[] {
    return [...this.byStream].flatMap(([stream, { book }]) => book.all().map((tally) => ({ ...tally, stream })));
  }

  latencies(): { readonly stream: string; readonly latency: LatencyHistogram }[] {
    return [...this.byStream].map(([stream, { latency }]) => ({ stream, latency }));
  }

  private ofStream(name: string): StreamTallies {
    const known = this.byStream.get(name);
    if (known !== undefined) return known;
    if (this.byStream.size >= STREAMS && name !== OTHER_STREAMS) return this.ofStream(OTHER_STREAMS);
    const fresh = () => ({ handled: 0, repeated: 0, retried: 0, failed: 0 });
    const tallies = { book: new TallyBook(this.classOf, fresh), latency: new LatencyHistogram() };
    this.byStream.set(name, tallies);
    return tallies;
  }
}
