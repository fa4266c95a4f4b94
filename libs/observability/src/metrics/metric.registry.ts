import { collectDefaultMetrics, Registry, type Metric } from 'prom-client';
import type { FamilyMetric, MetricDescription, MetricFamily, Sample } from './metric.family.js';

/** A metric as prom-client's registry prints it: `get` is all that it asks for. */
class ReadMetric {
  values: readonly Sample[] = [];
  readonly name: string;
  readonly help: string;
  readonly type: string;

  constructor({ name, help, type }: MetricDescription) {
    this.name = name;
    this.help = help;
    this.type = type;
  }

  get(): Promise<this> {
    return Promise.resolve(this);
  }
}

/**
 * The metrics of an app. Names and units are Prometheus' own: `_total`, `_seconds`, `_bytes`
 * (https://prometheus.io/docs/practices/naming/).
 */
export class MetricRegistry {
  private readonly registry = new Registry();
  private readonly described: MetricDescription[] = [];
  private readonly reads: (() => Promise<void>)[] = [];
  private hasProcess = false;

  get contentType(): string {
    return this.registry.contentType;
  }

  add<Item>(family: MetricFamily<Item>): void {
    const metrics = family.metrics.map((metric) => ({ metric, shown: this.show(metric) }));
    this.reads.push(async () => {
      const items = await family.read();
      for (const { metric, shown } of metrics) shown.values = items.flatMap((item) => metric.samplesOf(item));
    });
  }

  /** What there is, without the process's own metrics, which prom-client documents. */
  describe(): readonly MetricDescription[] {
    return this.described;
  }

  /** Prometheus' text format. */
  async text(): Promise<string> {
    this.watchProcess();
    await Promise.all(this.reads.map((read) => read()));
    return this.registry.metrics();
  }

  /** Memory, processor, event loop, garbage collection; from the first scrape on. */
  private watchProcess(): void {
    if (this.hasProcess) return;
    this.hasProcess = true;
    collectDefaultMetrics({ register: this.registry });
  }

  private show<Item>(metric: FamilyMetric<Item>): ReadMetric {
    const { name, help, type, labels } = metric;
    const shown = new ReadMetric(metric);
    this.registry.registerMetric(shown as unknown as Metric); // its types know prom-client's own classes only
    this.described.push({ name, help, type, labels });
    return shown;
  }
}
