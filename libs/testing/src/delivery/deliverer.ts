import type { INestApplicationContext } from '@nestjs/common';
import { UnknownElementException } from '@nestjs/core/errors/exceptions/unknown-element.exception.js';
import {
  decodeChangeEvent,
  encodeChangeEvent,
  HEADER_POSITION,
  HEADER_STREAM,
  positionKey,
  type ChangeEvent,
} from '@sluice/contracts';
import {
  EVENT_LOGGER,
  EventDispatcher,
  HANDLER_RETRY_POLICY,
  HandlerRegistry,
  Inbox,
  type DeliveryInfo,
  type DispatchResult,
  type EventLogger,
  type RetryPolicy,
} from '@sluice/handlers';
import { InMemoryInbox } from '../inbox/in-memory.inbox.js';
import { unhurriedClock } from './unhurried.clock.js';

/** Delivers one event to the application's handlers; `delivery` changes what the transport would say about it. */
export type Deliver = (event: ChangeEvent<object>, delivery?: Partial<DeliveryInfo>) => Promise<DispatchResult>;

/**
 * Delivers events to an application's handlers without servers: through the wire format and back, so that handlers get
 * exactly the values that they get in production, and then through guards, pipes, handlers, retries and filters as
 * they are. Only the waits between retries are left out. `@EventPattern` methods of controllers take part too.
 *
 * Handlers with `once` have an inbox in memory, unless the application provides one.
 *
 * The application imports `HandlersModule.forRoot()`. A handler's error is in the result's `failures`; an event that
 * does not keep to the schema rejects with `UnreadableMessageError`.
 */
export function delivererFor(app: INestApplicationContext): Deliver {
  const registry = app.get(HandlerRegistry, { strict: false });
  for (const pattern of registry.declaredEventPatterns()) registry.activateEventPattern(pattern);
  const policy = app.get<RetryPolicy>(HANDLER_RETRY_POLICY, { strict: false });
  const logger = app.get<EventLogger>(EVENT_LOGGER, { strict: false });
  const dispatcher = new EventDispatcher(registry, policy, unhurriedClock, logger, inboxOf(app));
  return async (event, delivery = {}) => {
    // A document type of the user's own is an object like any other to the codec.
    const { body, contentType } = encodeChangeEvent(event as ChangeEvent);
    const received = decodeChangeEvent(body, contentType).event;
    const { batched, ...result } = await dispatcher.dispatch(received, { ...deliveryOf(received), ...delivery });
    return { ...result, failures: [...result.failures, ...((await batched) ?? [])] };
  };
}

/** The application's own where it has one; else one in memory, which lives as long as the deliverer. */
function inboxOf(app: INestApplicationContext): Inbox {
  try {
    return app.get(Inbox, { strict: false });
  } catch (error) {
    if (error instanceof UnknownElementException) return new InMemoryInbox();
    throw error;
  }
}

function deliveryOf(event: ChangeEvent): DeliveryInfo {
  return {
    group: 'test',
    partition: 0,
    messageId: event.id,
    headers: { [HEADER_STREAM]: event.stream, [HEADER_POSITION]: positionKey(event.position) },
    redelivered: false,
    stopping: new AbortController().signal,
    signal: new AbortController().signal,
  };
}
