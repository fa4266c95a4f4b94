import { context, propagation, trace } from '@opentelemetry/api';
import {
  InMemorySpanExporter,
  NodeTracerProvider,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-node';
import type { ChangeEvent } from '@sluice/contracts';
import { OnInsert, type EventContext } from '@sluice/handlers';
import { eventually } from '@sluice/testing';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { InProcessProducer } from '../harness/in-process.producer.js';
import { ConsumerSystem } from './consumer/consumer-system.js';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
beforeAll(() => provider.register());
afterAll(async () => {
  for (const api of [trace, context, propagation]) api.disable(); // other files run in this process too
  await provider.shutdown();
});

/** Fails once, and has a span of its own. */
class Traced {
  readonly contexts: EventContext[] = [];

  @OnInsert('*', { retry: { attempts: 2, initialDelayMs: 1 } })
  async insert(_event: ChangeEvent, context: EventContext): Promise<void> {
    this.contexts.push(context);
    if (context.attempt === 1) throw new Error('once more');
    const span = trace.getTracer('test').startSpan("the handler's own");
    await Promise.resolve();
    span.end();
  }
}

let producer: InProcessProducer;
let system: ConsumerSystem;
let handler: Traced;
beforeEach(async () => {
  exporter.reset();
  producer = await InProcessProducer.prepare();
  system = await ConsumerSystem.open({ exchange: producer.exchange, stateDb: producer.state.databaseName });
  handler = new Traced();
});
afterEach(async () => {
  await producer.stopApp();
  await system.close();
  await producer.stop([]);
});

async function insertOne(exporterName: 'none' | 'otlp'): Promise<void> {
  await system.consumer({ handlers: [handler], env: { OTEL_TRACES_EXPORTER: exporterName } });
  await producer.start({}, { OTEL_TRACES_EXPORTER: exporterName });
  await producer.running();
  await producer.db.collection<{ _id: number }>('documents').insertOne({ _id: 1 });
  await eventually(() => handler.contexts.length === 2);
}

const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
const parentOf = ({ parentSpanContext }: ReadableSpan) => parentSpanContext?.spanId;

it('one trace leads from the capture through the broker to each call of the handler, and into it', async () => {
  await insertOne('otlp');
  const [own] = await eventually(() =>
    named("the handler's own").length === 1 ? named("the handler's own") : undefined,
  );
  const process = await eventually(() => exporter.getFinishedSpans().find(({ name }) => name.startsWith('process ')));
  const [capture] = named('capture insert');
  const publish = await eventually(() => named(`publish ${producer.exchange}`)[0]);
  const [failed, handled] = named('handle Traced.insert');

  expect(parentOf(publish)).toBe(capture?.spanContext().spanId);
  expect(parentOf(process)).toBe(publish.spanContext().spanId);
  for (const call of [failed, handled]) expect(call && parentOf(call)).toBe(process.spanContext().spanId);
  expect(own && parentOf(own)).toBe(handled?.spanContext().spanId);
  const spans = [own, process, capture, publish, failed, handled];
  expect(new Set(spans.map((span) => span?.spanContext().traceId))).toEqual(
    new Set([handler.contexts[0]?.trace?.traceId]),
  );
  expect(failed?.events).toMatchObject([{ name: 'exception', attributes: { 'exception.message': 'once more' } }]);
  const message = { 'messaging.system': 'rabbitmq', 'messaging.message.id': handler.contexts[0]?.messageId };
  expect(publish.attributes).toMatchObject({ ...message, 'messaging.operation.type': 'send' });
  expect(process.attributes).toMatchObject({
    ...message,
    'messaging.operation.type': 'process',
    'messaging.consumer.group.name': 'mirror',
    'sluice.stream': 'main',
  });
});

it('off, as it is by default, no span is made and no header is sent', async () => {
  await insertOne('none');
  expect(handler.contexts[1]?.trace).toBeUndefined();
  expect(exporter.getFinishedSpans().filter(({ name }) => name !== "the handler's own")).toEqual([]);
});
