/** A message was not taken. Each code is a different thing to do for whoever runs the broker. */
export type PublishErrorCode =
  | 'SLUICE-PUBLISH-UNROUTABLE'
  | 'SLUICE-PUBLISH-REFUSED'
  | 'SLUICE-PUBLISH-TOO-LARGE'
  | 'SLUICE-PUBLISH-CHANNEL-CLOSED'
  | 'SLUICE-PUBLISH-CONFIRM-TIMEOUT';

export class PublishError extends Error {
  constructor(
    readonly code: PublishErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'PublishError';
  }
}

/** No queue is bound for the routing key: the broker gave the message back. */
export function unroutable(exchange: string, routingKey: string): PublishError {
  return new PublishError('SLUICE-PUBLISH-UNROUTABLE', `no queue takes "${routingKey}" from exchange "${exchange}"`);
}

/** A queue refused (full with reject-publish, or without a quorum). */
export function refused(): PublishError {
  return new PublishError(
    'SLUICE-PUBLISH-REFUSED',
    'the broker refused a message (negative confirm): a queue is full or has lost its quorum',
  );
}

/** AMQP's ids of `basic.publish`, and the reply code with which RabbitMQ refuses a message over `max_message_size`. */
const BASIC_PUBLISH = { classId: 60, methodId: 40, code: 406 } as const;

/** The channel is gone. Where the broker closed it over one message's size, sending the same again cannot help. */
export function channelClosed(
  cause: (Error & Partial<Record<keyof typeof BASIC_PUBLISH, unknown>>) | undefined,
): PublishError {
  if (
    cause?.code === BASIC_PUBLISH.code &&
    cause.classId === BASIC_PUBLISH.classId &&
    cause.methodId === BASIC_PUBLISH.methodId
  ) {
    return new PublishError(
      'SLUICE-PUBLISH-TOO-LARGE',
      `the broker refuses a message as too large: ${cause.message}. Set maxMessageBytes below the broker's limit, so that ` +
        'onOversize applies, or raise max_message_size of RabbitMQ',
      { cause },
    );
  }
  return new PublishError(
    'SLUICE-PUBLISH-CHANNEL-CLOSED',
    `the publishing channel closed${cause === undefined ? '' : `: ${cause.message}`}`,
    { cause },
  );
}

export function confirmTimeout(timeoutMs: number): PublishError {
  return new PublishError('SLUICE-PUBLISH-CONFIRM-TIMEOUT', `the broker confirmed nothing for ${timeoutMs} ms`);
}
