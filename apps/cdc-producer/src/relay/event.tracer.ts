import { propagation, ROOT_CONTEXT, SpanKind, trace, type Span } from '@opentelemetry/api';
import { HEADER_STREAM } from '@sluice/contracts';
import type { ChangeMessage } from '../publish/change-message.js';

/**
 * Begins an event's trace where it is captured: one span for its making, one until the broker has confirmed it, whose
 * context goes with the message. There is one only where tracing is on. Attributes by
 * https://opentelemetry.io/docs/specs/semconv/messaging/rabbitmq/
 */
export class EventTracer {
  private readonly tracer = trace.getTracer('sluice');
  private readonly publishing = new WeakMap<ChangeMessage, Span>();

  /** Made of a change that was taken up at `startTime`, in milliseconds. */
  made(message: ChangeMessage, startTime: number): void {
    const { properties, exchange } = message;
    const headers = properties.headers as Record<string, unknown>; // the mapper has made them
    const event = {
      'sluice.stream': String(headers[HEADER_STREAM]),
      'sluice.position': message.position,
      'messaging.message.id': message.id,
    };
    const capture = this.tracer.startSpan(`capture ${message.pattern.split('.')[0]}`, { startTime, attributes: event });
    const within = trace.setSpan(ROOT_CONTEXT, capture);
    const attributes = {
      ...event,
      'messaging.system': 'rabbitmq',
      'messaging.operation.name': 'publish',
      'messaging.operation.type': 'send',
      'messaging.destination.name': exchange,
      'messaging.rabbitmq.destination.routing_key': message.routingKey,
      'messaging.message.body.size': message.body.length,
    };
    const publish = this.tracer.startSpan(`publish ${exchange}`, { kind: SpanKind.PRODUCER, attributes }, within);
    propagation.inject(trace.setSpan(ROOT_CONTEXT, publish), headers);
    capture.end();
    this.publishing.set(message, publish);
  }

  returned(message: ChangeMessage): void {
    this.publishing.get(message)?.addEvent('returned: no queue took it');
  }

  confirmed(message: ChangeMessage): void {
    this.publishing.get(message)?.end();
  }
}
