/** What is counted of one operation in one namespace class. */
export type Tally<Counts extends object> = Counts & { readonly operation: string; readonly namespaceClass: string };

/** Collections may come and go without end; what is forgotten here is looked up again. */
const KNOWN_PATTERNS = 1_024;

/**
 * Finds where an event is counted, by its pattern (`insert.shop.orders`). Events of one collection follow each other
 * mostly: then it costs a comparison, else a look into a map.
 */
export class TallyBook<Counts extends object> {
  private readonly tallies = new Map<string, Tally<Counts>>();
  private readonly known = new Map<string, Tally<Counts>>();
  private lastPattern: string | undefined;
  private last: Tally<Counts> | undefined;

  constructor(
    private readonly classOf: (pattern: string) => string,
    private readonly fresh: () => Counts,
  ) {}

  of(pattern: string): Tally<Counts> {
    if (pattern === this.lastPattern && this.last !== undefined) return this.last;
    const tally = this.known.get(pattern) ?? this.learn(pattern);
    this.lastPattern = pattern;
    this.last = tally;
    return tally;
  }

  all(): readonly Tally<Counts>[] {
    return [...this.tallies.values()];
  }

  private learn(pattern: string): Tally<Counts> {
    const operation = pattern.slice(0, pattern.indexOf('.'));
    const namespaceClass = this.classOf(pattern);
    const key = `${operation} ${namespaceClass}`;
    const tally = this.tallies.get(key) ?? { ...this.fresh(), operation, namespaceClass };
    this.tallies.set(key, tally);
    if (this.known.size >= KNOWN_PATTERNS) this.known.clear();
    this.known.set(pattern, tally);
    return tally;
  }
}
