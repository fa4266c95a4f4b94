/** What an ordered consumer has seen since its process started. */
export class ConsumerCounters {
  received = 0;
  /** Of the bodies received. */
  receivedBytes = 0;
  /** Of them: handed out before by the broker. */
  redelivered = 0;
  acknowledged = 0;
  /** Times a partition's channel was opened again after it was lost. */
  reopened = 0;
}
