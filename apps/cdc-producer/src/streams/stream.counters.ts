import { namespaceClasses, type StreamStatus } from '@sluice/contracts';
import { TallyBook, type Tally } from '@sluice/observability';
import type { StreamSettings } from '../config/streams-file.schema.js';
import type { ChangeMessage } from '../publish/change-message.js';

/** How far events have come: each number contains the ones behind it, but for what comes again. */
interface EventCounts {
  captured: number;
  /** Handed to the broker, each time anew. */
  published: number;
  confirmed: number;
  returned: number;
}

const OTHERS = {
  skipped: 0,
  resent: 0,
  reopened: 0,
  gaps: 0,
  claimed: 0,
  omitted: 0,
  takeovers: 0,
  pauses: 0,
};

/** What happened to one stream's events since this producer was started: plain numbers, read when somebody asks. */
export class StreamCounters {
  private readonly book: TallyBook<EventCounts>;
  private readonly others = { ...OTHERS };
  private capturedBytes = 0;
  private publishedBytes = 0;

  constructor(stream: Pick<StreamSettings, 'scope' | 'namespaces'>) {
    const classOf = namespaceClasses(topicsOf(stream));
    this.book = new TallyBook(classOf, () => ({ captured: 0, published: 0, confirmed: 0, returned: 0 }));
  }

  /** `bytes`: as MongoDB sent it. */
  captured(pattern: string, bytes: number): void {
    this.book.of(pattern).captured += 1;
    this.capturedBytes += bytes;
  }

  published({ pattern, body }: ChangeMessage): void {
    this.book.of(pattern).published += 1;
    this.publishedBytes += body.length;
  }

  confirmed(pattern: string): void {
    this.book.of(pattern).confirmed += 1;
  }

  returned(pattern: string): void {
    this.book.of(pattern).returned += 1;
  }

  count(counter: keyof typeof OTHERS, by = 1): void {
    this.others[counter] += by;
  }

  /** By operation and namespace class. */
  get tallies(): readonly Tally<EventCounts>[] {
    return this.book.all();
  }

  toDto(): StreamStatus['counters'] {
    const sums = { captured: 0, published: 0, confirmed: 0, returned: 0 };
    const confirmedByOperation: Record<string, number> = {};
    for (const { operation, captured, published, confirmed, returned } of this.tallies) {
      sums.captured += captured;
      sums.published += published;
      sums.confirmed += confirmed;
      sums.returned += returned;
      if (confirmed > 0) confirmedByOperation[operation] = (confirmedByOperation[operation] ?? 0) + confirmed;
    }
    const { capturedBytes, publishedBytes } = this;
    return { ...sums, ...this.others, capturedBytes, publishedBytes, confirmedByOperation };
  }
}

/** The configured namespaces, which bound the label: those that are included, or the whole scope. */
function topicsOf({ scope, namespaces: { include } }: Pick<StreamSettings, 'scope' | 'namespaces'>): string[] {
  if (include.length > 0) return include.map((namespace) => namespace.replace(/\.\*$/, '.#'));
  if ('deployment' in scope) return ['#'];
  return 'collection' in scope ? [`${scope.database}.${scope.collection}`] : [`${scope.database}.#`];
}
