/** What the headers of a change's message say of it. */
export interface StreamedChange {
  readonly stream: string;
  /** `positionKey`. */
  readonly position: string;
  readonly operation: string;
  /** The routing key's words behind the operation: the namespace, shortened where it is very long. */
  readonly topic: string;
}

/** A message as it lies in the stream queue. */
export interface StreamMessage {
  /** Its place in the queue. Rises by one, but for the broker's own records, one at a time. */
  readonly offset: number;
  /** Its message id; empty where it has none. */
  readonly id: string;
  /** Undefined where it is no change event of ours: a mark, or somebody else's message. */
  readonly change: StreamedChange | undefined;
  /** It is ours, and means nothing but that it has been reached. */
  readonly isMark: boolean;
  readonly body: Buffer;
  readonly contentType: string | undefined;
}

/**
 * Whether messages are missing between two that were read one after the other. Between two segments the broker keeps a
 * record of its own (osiris' tracking snapshot), which has an offset and is handed to nobody; retention gives up whole
 * segments. `isGone`: also the first of the two is not there any more, so that whatever is missing was given up.
 */
export function isHoleBetween(before: number, after: number, isGone: boolean): boolean {
  return after > before + (isGone ? 1 : 2);
}
