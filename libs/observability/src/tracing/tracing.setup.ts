/** Where spans go; the rest is told by OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_ENDPOINT`, …). */
export const TRACES_EXPORTERS = ['none', 'otlp', 'console'] as const;
export type TracesExporter = (typeof TRACES_EXPORTERS)[number];

/**
 * Sets OpenTelemetry up, or does nothing for `none`: its SDK is not even loaded then. Sampler, resource, limits and the
 * exporter's address are read from the standard environment variables
 * (https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/). Answers how to end it.
 */
export async function startTracing(exporter: TracesExporter, serviceName: string): Promise<() => Promise<void>> {
  if (exporter === 'none') return () => Promise.resolve();
  const [sdk, { OTLPTraceExporter }, { detectResources, envDetector, resourceFromAttributes }] = await Promise.all([
    import('@opentelemetry/sdk-trace-node'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
  ]);
  const spans = exporter === 'otlp' ? new OTLPTraceExporter() : new sdk.ConsoleSpanExporter();
  const own = resourceFromAttributes({ 'service.name': serviceName });
  const provider = new sdk.NodeTracerProvider({
    resource: own.merge(detectResources({ detectors: [envDetector] })), // OTEL_SERVICE_NAME wins
    spanProcessors: [new sdk.BatchSpanProcessor(spans)],
  });
  provider.register();
  return () => provider.shutdown();
}
