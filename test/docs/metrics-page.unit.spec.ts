import { fileURLToPath } from 'node:url';
import { metricsTable } from '@sluice/observability';
import { expect, it } from 'vitest';
import { consumerRegistry, producerRegistry } from './metric-registries.js';

const PAGE = fileURLToPath(new URL('../../docs/metrics.md', import.meta.url));

/** Written anew by `npx vitest run --project unit test/docs -u`. */
it('docs/metrics.md lists every metric that the apps declare', async () => {
  const page = `# Metrics

Both apps serve \`GET /metrics\` in Prometheus' text format. Where they ask for a token, give Prometheus one of the [role \`metrics\`](operations.md#access), which may do nothing else. This page is generated from what they declare. Labels are bounded by configuration: \`namespace_class\` is the configured namespace that an event falls under (a stream's \`namespaces.include\` or its scope; a handler's pattern), \`none\` for what is about no namespace. A figure that is not known has no sample. Counters begin at the start of the process, and the work that they count pays for an increment only.

What Node.js and the process themselves measure comes beside it, under prom-client's names: \`process_resident_memory_bytes\`, \`nodejs_eventloop_lag_p99_seconds\`, \`nodejs_gc_duration_seconds\`, \`process_cpu_seconds_total\` and their like. Rules for alerts stand in [deploy/prometheus/sluice.rules.yml](../deploy/prometheus/sluice.rules.yml), a dashboard in [deploy/grafana/sluice.json](../deploy/grafana/sluice.json), and what to do about each alert in [operations.md](operations.md#runbook).

## cdc-producer

${metricsTable(producerRegistry().describe())}

## cdc-consumer

${metricsTable(consumerRegistry().describe())}
`;
  await expect(page).toMatchFileSnapshot(PAGE);
});

it('names and units are as Prometheus has them', () => {
  for (const { name, type, help } of [...producerRegistry().describe(), ...consumerRegistry().describe()]) {
    expect(name).toMatch(/^sluice_[a-z_]+$/);
    expect(name.endsWith('_total'), name).toBe(type === 'counter');
    expect(name, 'base units').not.toMatch(/_(ms|milliseconds|minutes|kb|mb|kilobytes|megabytes)(_|$)/);
    expect(help.length, name).toBeGreaterThan(5);
  }
});
