/** What a replica has read of the stream queue so far. */
export class FeedCounters {
  /** Messages that the tail has read. */
  read = 0;
  /** Of those: told before. */
  repeats = 0;
  /** Of those: came behind newer changes of their stream. */
  overtaken = 0;
  /** Messages that are no change event of ours, or whose body cannot be read. */
  unreadable = 0;
  /** Told to live subscriptions, by reason. */
  readonly gaps = { retention: 0, source: 0, overtaken: 0, stream: 0 };
  /** Messages read for those who catch up, what is read before their place included. */
  replayed = 0;
  /** Times that the tail ended and was opened again. */
  reopened = 0;
}
