import type { Delivery, DeliveryTask } from '@sluice/messaging';

/**
 * One subscription's hold of a partition: whether what was delivered before is suspect, and whether that has passed.
 * The broker hands out again first what an earlier consumer held, in order, and marks it; so the first delivery without
 * the mark is behind all of it (https://www.rabbitmq.com/docs/consumers#message-properties).
 */
export class PartitionTenure {
  private suspicion = false;
  private hasSeenFresh = false;
  private open = 0;

  /** An earlier holder may have died of something that comes again. */
  suspect(): void {
    this.suspicion = true;
  }

  suspects({ redelivered }: Pick<Delivery, 'redelivered'>): boolean {
    return this.suspicion && redelivered;
  }

  /** Nothing suspect is left to be handled. */
  get isThrough(): boolean {
    return !this.suspicion || (this.hasSeenFresh && this.open === 0);
  }

  /** Notes a delivery, and when it has settled. In the order in which the broker delivers. */
  follow({ redelivered }: Pick<Delivery, 'redelivered'>, task: DeliveryTask): DeliveryTask {
    if (!redelivered) this.hasSeenFresh = true;
    if (this.hasSeenFresh) return task;
    this.open += 1;
    const run: DeliveryTask['run'] = async (signals) => {
      const outcome = await task.run(signals);
      if (typeof outcome === 'string') this.end(outcome);
      else
        void outcome.later.then(
          (later) => this.end(later),
          () => undefined,
        ); // its own run tells of a rejection
      return outcome;
    };
    return { ...task, run };
  }

  private end(outcome: 'settled' | 'left'): void {
    if (outcome === 'settled') this.open -= 1;
  }
}
