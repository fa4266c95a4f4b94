import type { MessageFields } from '../publish/message.fields.js';

interface StoppedOptions extends ErrorOptions {
  /** The event that it stopped at, where it is one. */
  readonly event?: MessageFields;
}

/** A stream cannot go on by itself; the message says what was found and what to do. */
export class StreamStoppedError extends Error {
  readonly event: MessageFields | undefined;

  constructor(
    readonly code: string,
    message: string,
    { event, ...options }: StoppedOptions = {},
  ) {
    super(message, options);
    this.name = 'StreamStoppedError';
    this.event = event;
  }
}

/** The stream is ours no more, or may not be: it is given up, and waited for. */
export class StreamLostError extends StreamStoppedError {}

/** Another producer has taken the stream, or an operator has set its position: what we save or publish counts no more. */
export class StreamFencedError extends StreamLostError {
  constructor(stream: string) {
    super('SLUICE-STREAM-FENCED', `stream "${stream}" has been taken anew, by another producer or by an operator.`);
    this.name = 'StreamFencedError';
  }
}

/** The oplog no longer holds what comes behind a position; a policy of the stream says whether it goes on. */
export class HistoryLostError extends StreamStoppedError {
  constructor(message: string, options?: ErrorOptions) {
    super('SLUICE-STREAM-HISTORY-LOST', message, options);
    this.name = 'HistoryLostError';
  }
}

/** MongoDB runs as a standalone server, which has no change streams; no stream of this app can run. */
export class StandaloneServerError extends StreamStoppedError {
  constructor(options?: ErrorOptions) {
    super(
      'SLUICE-MONGODB-STANDALONE',
      'MongoDB runs as a standalone server, which has no change streams: start mongod with --replSet rs0 and run rs.initiate() once in mongosh.',
      options,
    );
    this.name = 'StandaloneServerError';
  }
}
