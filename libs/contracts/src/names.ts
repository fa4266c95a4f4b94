/** Every exchange, queue and header name of the wire, in one place. */

/** Set by `SLUICE_EXCHANGE`; all other names derive from it. */
export const DEFAULT_EXCHANGE = 'sluice.events';

export const CONTENT_TYPE_JSON = 'application/json';
export const CONTENT_TYPE_BSON = 'application/bson';

/** AMQP property `type` of our messages: tells ours from foreign ones. */
export const MESSAGE_TYPE = 'sluice.change-event';
export const APP_ID = 'sluice';

/** AMQP property `type` of the mark to which an old partition is read, when their number changes. */
export const PARTITION_END_TYPE = 'sluice.partition-end';
/**
 * AMQP property `type` of the mark that comes before that one into every old queue: what is behind it is in the queues of
 * the next generation as well.
 */
export const PARTITION_DOUBLED_TYPE = 'sluice.partition-doubled';
/** On both marks: the `id` of the repartition. */
export const HEADER_REPARTITION = 'x-sluice-repartition';

export const HEADER_STREAM = 'x-sluice-stream';
/** `positionKey` of the event. */
export const HEADER_POSITION = 'x-sluice-position';
export const HEADER_EPOCH = 'x-sluice-epoch';
/** Name of the file that has what this message had no room for; see `claimOf`. */
export const HEADER_CLAIM = 'x-sluice-claim';
/** GridFS bucket of the state database with those files. */
export const CLAIM_BUCKET = 'claims';
/** On a control event that a group has sent to a queue of its own which seemed to lack it. */
export const HEADER_SENT_AGAIN = 'x-sluice-sent-again';
/** On a gap event that tells what is lost with a queue of the group: that queue. It came to one partition alone. */
export const HEADER_LOST_QUEUE = 'x-sluice-lost-queue';

/**
 * Collections of handlers with `once`, in whichever database such a handler writes to; streams never capture them: each
 * event would make the next one.
 */
export const INBOX_COLLECTION = 'sluice_inbox';
export const FENCE_COLLECTION = 'sluice_fences';

/** Headers that a dead letter carries beside its own. */
export const DEAD_LETTER_HEADERS = {
  /** Of this dead letter itself: the same event may fail in several handlers. */
  id: 'x-sluice-dead-letter-id',
  reason: 'x-sluice-dead-letter-reason',
  group: 'x-sluice-dead-letter-group',
  handler: 'x-sluice-dead-letter-handler',
  errorName: 'x-sluice-dead-letter-error-name',
  errorMessage: 'x-sluice-dead-letter-error-message',
  errorStack: 'x-sluice-dead-letter-error-stack',
  attempts: 'x-sluice-dead-letter-attempts',
  firstFailedAt: 'x-sluice-dead-letter-first-failed-at',
  lastFailedAt: 'x-sluice-dead-letter-last-failed-at',
  /** Names of the message's own headers that there was no room for. */
  leftOut: 'x-sluice-dead-letter-left-out',
} as const;

/** Headers of a dead letter that an operator hands back to its group. Such an event is exempt from the epoch fence. */
export const REPLAY_HEADERS = {
  /** The dead letter that it was. */
  letter: 'x-sluice-replay-letter',
  /** The one handler that is to run; missing where no handler had seen the message. */
  handler: 'x-sluice-replay-handler',
} as const;

/** AMQP property `type` of a message without content: whoever is its queue's active consumer looks at the partition. */
export const WAKE_TYPE = 'sluice.wake';

/** AMQP property `type` of a message without content in the stream queue of live push: it is read to here. */
export const FEED_MARK_TYPE = 'sluice.feed-mark';

export const DEAD_LETTER_REASONS = [
  'handler-failed',
  'validation-failed',
  'unreadable',
  'superseded',
  'expired',
] as const;
export type DeadLetterReason = (typeof DEAD_LETTER_REASONS)[number];

/** Names of one exchange's topology; `prefix` is the events exchange without its last word. */
export function topologyNames(exchange: string) {
  const prefix = exchange.endsWith('.events') ? exchange.slice(0, -'.events'.length) : exchange;
  return {
    exchange,
    /** Where a quorum queue sends what it gives up, and what consumers dead-letter. Direct; routing key = group. */
    deadLetterExchange: `${prefix}.dead-letters`,
    deadLetterQueue: (group: string) => `${prefix}.dead-letter.${group}`,
    /** A group's queue; its generation goes up with the number of partitions. */
    partitionQueue: (group: string, generation: number, partition: number) =>
      `${prefix}.group.${group}.${generation}.${partition}`,
    /** What the names of all queues of a group begin with, of any generation. */
    partitionQueuePrefix: (group: string) => `${prefix}.group.${group}.`,
    /** The stream queue of live push, unless `REALTIME_STREAM` names another. */
    realtimeStream: `${prefix}.realtime`,
    /** Fanout: brings control events, which have no bucket, to every queue of a generation. */
    controlExchange: (group: string, generation: number) => `${prefix}.group.${group}.${generation}.control`,
  };
}
export type TopologyNames = ReturnType<typeof topologyNames>;
