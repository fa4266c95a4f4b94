import type { HistogramReading } from './latency.histogram.js';

export type MetricType = 'counter' | 'gauge' | 'histogram';

/** What is known of a metric before anything is measured: its page in the documentation. */
export interface MetricDescription {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labels: readonly string[];
}

/** One line of Prometheus' text format; `metricName` where it is not the metric's own, as a histogram's parts have it. */
export interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

export interface FamilyMetric<Item> extends MetricDescription {
  readonly samplesOf: (item: Item) => Sample[];
}

/** A figure that is not known has no sample: a zero would be taken for one. */
type Figure = number | null | undefined;
/** Figures of one item by further labels. */
type Figures<Label extends string> = Iterable<Readonly<Record<Label, string>> & { readonly value: number }>;
type Histograms<Label extends string> = Iterable<
  Readonly<Record<Label, string>> & { readonly reading: HistogramReading }
>;

/**
 * Metrics that are read from the same items, all at once at a scrape: whoever does the work keeps plain counters, and
 * nothing is spent for an event but their increment. A scrape sees each item in one moment.
 */
export class MetricFamily<Item> {
  private readonly members: FamilyMetric<Item>[] = [];

  constructor(
    private readonly labels: readonly string[],
    private readonly labelsOf: (item: Item) => Sample['labels'],
    readonly read: () => readonly Item[] | Promise<readonly Item[]>,
  ) {}

  get metrics(): readonly FamilyMetric<Item>[] {
    return this.members;
  }

  counter(name: `${string}_total`, help: string, read: (item: Item) => Figure): this {
    return this.single(name, help, 'counter', read);
  }

  gauge(name: string, help: string, read: (item: Item) => Figure): this {
    return this.single(name, help, 'gauge', read);
  }

  /** A counter by further labels, whose values must be bounded. */
  counters<Label extends string>(
    name: `${string}_total`,
    help: string,
    labels: readonly Label[],
    read: (item: Item) => Figures<Label>,
  ): this {
    return this.several(name, help, 'counter', labels, read);
  }

  gauges<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: (item: Item) => Figures<Label>,
  ): this {
    return this.several(name, help, 'gauge', labels, read);
  }

  histograms<Label extends string>(
    name: `${string}_seconds`,
    help: string,
    labels: readonly Label[],
    read: (item: Item) => Histograms<Label>,
  ): this {
    const samplesOf = (item: Item) =>
      [...read(item)].flatMap(({ reading, ...further }) =>
        histogramSamples(name, { ...this.labelsOf(item), ...further }, reading),
      );
    return this.add({ name, help, type: 'histogram', labels: [...this.labels, ...labels], samplesOf });
  }

  private single(name: string, help: string, type: MetricType, read: (item: Item) => Figure): this {
    const samplesOf = (item: Item) => {
      const value = read(item);
      return value === null || value === undefined ? [] : [{ labels: this.labelsOf(item), value }];
    };
    return this.add({ name, help, type, labels: this.labels, samplesOf });
  }

  private several<Label extends string>(
    name: string,
    help: string,
    type: MetricType,
    labels: readonly Label[],
    read: (item: Item) => Figures<Label>,
  ): this {
    const samplesOf = (item: Item) =>
      [...read(item)].map(({ value, ...further }) => ({ labels: { ...this.labelsOf(item), ...further }, value }));
    return this.add({ name, help, type, labels: [...this.labels, ...labels], samplesOf });
  }

  private add(metric: FamilyMetric<Item>): this {
    this.members.push(metric);
    return this;
  }
}

/** As Prometheus wants a histogram: buckets count everything up to their bound, the last one everything. */
function histogramSamples(name: string, labels: Sample['labels'], { bounds, counts, sum }: HistogramReading): Sample[] {
  let total = 0;
  const samples: Sample[] = counts.map((count, index) => {
    total += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[index] ?? '+Inf' }, value: total };
  });
  samples.push(
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  );
  return samples;
}
