import { context, propagation, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, type Span } from '@opentelemetry/api';
import { HEADER_POSITION, HEADER_STREAM } from '@sluice/contracts';
import type { Delivery } from '@sluice/messaging';

/**
 * Goes on with the trace that a message brings: one span for the delivery, and in it one for each call of a handler,
 * whose own spans become its children. There is one only where tracing is on. Attributes by
 * https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/
 */
export class DeliveryTracer {
  private readonly tracer = trace.getTracer('sluice');

  constructor(private readonly group: string) {}

  process<T>(delivery: Delivery, work: () => Promise<T>): Promise<T> {
    const { queue, partition, properties, exchange, routingKey, body } = delivery;
    const headers = properties.headers ?? {};
    const attributes = {
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.destination.name': exchange,
      'messaging.destination.partition.id': String(partition),
      'messaging.rabbitmq.destination.routing_key': routingKey,
      'messaging.consumer.group.name': this.group,
      'messaging.message.id': String(properties.messageId),
      'messaging.message.body.size': body.length,
      'sluice.stream': String(headers[HEADER_STREAM]),
      'sluice.position': String(headers[HEADER_POSITION]),
    };
    const brought = propagation.extract(ROOT_CONTEXT, headers);
    const span = this.tracer.startSpan(`process ${queue}`, { kind: SpanKind.CONSUMER, attributes }, brought);
    return this.within(span, brought, work);
  }

  handle<T>(handler: string, call: () => Promise<T>): Promise<T> {
    const span = this.tracer.startSpan(`handle ${handler}`, { attributes: { 'sluice.handler': handler } });
    return this.within(span, context.active(), call);
  }

  private async within<T>(span: Span, parent: typeof ROOT_CONTEXT, work: () => Promise<T>): Promise<T> {
    try {
      return await context.with(trace.setSpan(parent, span), work);
    } catch (error) {
      span.recordException(error instanceof Error ? error : String(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
      throw error;
    } finally {
      span.end();
    }
  }
}
