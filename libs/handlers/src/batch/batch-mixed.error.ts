/** A method is to take single events by one decorator and batches by another. */
export class BatchMixedError extends Error {
  readonly code = 'SLUICE-HANDLER-BATCH-MIXED';
  override readonly name = 'BatchMixedError';

  /** `place`: the decorator, the class and the method. */
  constructor(place: string) {
    super(
      `SLUICE-HANDLER-BATCH-MIXED  ${place}: a method takes batches or single events, not both. ` +
        'Give the other decorator a method of its own.',
    );
  }
}
