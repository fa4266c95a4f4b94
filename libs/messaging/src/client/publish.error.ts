/** A message was not taken. Each code is a different thing to do for whoever runs the broker. */
export type PublishErrorCode =
  | 'SLUICE-PUBLISH-UNROUTABLE'
  | 'SLUICE-PUBLISH-REFUSED'
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

export function channelClosed(cause: Error | undefined): PublishError {
  return new PublishError(
    'SLUICE-PUBLISH-CHANNEL-CLOSED',
    `the publishing channel closed${cause === undefined ? '' : `: ${cause.message}`}`,
    { cause },
  );
}

export function confirmTimeout(timeoutMs: number): PublishError {
  return new PublishError('SLUICE-PUBLISH-CONFIRM-TIMEOUT', `the broker confirmed nothing for ${timeoutMs} ms`);
}
