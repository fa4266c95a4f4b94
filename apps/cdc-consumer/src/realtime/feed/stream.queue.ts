import type { StreamMessage } from './stream-message.js';

/** Where to begin to read. A time's chunk begins earlier than the time; what is ahead of the end waits there. */
export type StreamPlace = 'first' | 'last' | { readonly offset: number } | { readonly time: Date };

/** Reads a stream queue from a place on, for as long as the connection and the queue are there. */
export interface StreamSubscription {
  /**
   * What has come since the last call, in order, at least one message; the call settles those before it, so that as many
   * more may come. Undefined: it is over, and whoever wants more opens another one.
   * @throws what the broker said when it ended it
   */
  read(): Promise<readonly StreamMessage[] | undefined>;
  /** Resolves when it is over; `read` answers undefined from then on. */
  close(): Promise<void>;
}

/** The stream queue, as far as the feed uses it. */
export abstract class StreamQueue {
  abstract readonly name: string;

  /**
   * Makes it where it is not there, and sees to it that it is not empty. Waits for the broker.
   * @throws TopologyMismatchError; whatever the broker says
   */
  abstract ready(signal: AbortSignal): Promise<void>;

  /** @throws whatever the broker says */
  abstract open(from: StreamPlace): Promise<StreamSubscription>;

  /** Puts a message of this id at the end, which means nothing else; resolves when the broker has it. @throws PublishError */
  abstract mark(id: string): Promise<void>;
}
