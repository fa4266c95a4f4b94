import type { MessageProperties } from 'amqplib';

/** A message as the broker handed it to us. */
export interface Delivery extends PartitionQueue {
  readonly body: Buffer;
  readonly properties: MessageProperties;
  readonly exchange: string;
  readonly routingKey: string;
  /** The broker has handed it out before; it may or may not have been handled. */
  readonly redelivered: boolean;
}

/** `settled`: may be acknowledged. `left`: stays with the broker and comes again, because we are stopping. */
export type DeliveryOutcome = 'settled' | 'left';

/**
 * The delivery's lane may go on, while the delivery itself is acknowledged only when this settles: for work that is
 * collected over several deliveries and keeps their order by itself. A rejection is a defect, as that of `run`.
 */
export interface DeferredOutcome {
  readonly later: Promise<DeliveryOutcome>;
}

/** How the work for a delivery is told to end, in two steps. */
export interface DeliverySignals {
  /** Its channel is stopping or lost: nothing new is begun for it, and waits end. What runs may end in peace. */
  readonly stopping: AbortSignal;
  /** Nobody waits for it any more: the drain's time is over, or the channel is lost. The delivery comes again. */
  readonly over: AbortSignal;
}

/** How a step is told to end, and what it may know of its partition. */
export interface AloneSignals extends DeliverySignals {
  /** Whether all that the prefetch allows is with us: nothing further comes before something is acknowledged. */
  readonly isFull: () => boolean;
}

/**
 * `passed`: the delivery goes on. `over`: it is read to here; the delivery, and what is behind it, stays unacknowledged
 * and is not begun for as long as the partition is ours.
 */
export type StepOutcome = 'passed' | 'over';

/**
 * What is done for a delivery before its task, with nothing else of its stream begun. A rejection is a defect, except
 * `PrefetchExhaustedError`, which asks for a larger prefetch.
 */
export type AloneStep = (signals: AloneSignals) => Promise<StepOutcome>;

/** What is to be done for one delivery, and which lane it belongs to. */
export interface DeliveryTask {
  /** Tasks with the same lane run one after another. */
  readonly lane: string;
  /** Whose order it keeps beside that of its lane; without one it neither waits for a step nor has one. */
  readonly stream?: string;
  /**
   * Asked when it is the delivery's turn in its stream. A step is begun when everything of the stream before it has
   * settled and is acknowledged, and what comes behind waits. Asked again after each, until there is none.
   */
  alone?(): AloneStep | undefined;
  /** After a step: what comes behind it in its stream waits until it has settled too. */
  readonly holds?: boolean;
  /**
   * Ends when the next task of the lane may begin. A rejection is a defect: the channel is opened again, so that
   * nothing is lost.
   */
  run(signals: DeliverySignals): Promise<DeliveryOutcome | DeferredOutcome>;
  /** Told when it has settled, be it deferred. */
  settled?(): void;
}

/** A partition's queue, and its index among those of its generation. */
export interface PartitionQueue {
  readonly queue: string;
  readonly partition: number;
}

/** A partition that the broker has begun to deliver to us. */
export type TakenPartition = PartitionQueue;

/** Where the ordered server takes its deliveries: reads a message, and says what is to be done. */
export interface DeliveryTasks {
  /**
   * Of the mark at which a partition's reading ends: the step that is done when everything before it has settled and is
   * acknowledged, but for what is behind the end of its own stream. `over`: the partition is read to here; `passed`: the
   * mark means nothing, and reading goes on. It has no task, and the partition is not taken for it. Must not throw.
   */
  endOf(delivery: Delivery): AloneStep | undefined;
  /** Must not throw. */
  taskOf(delivery: Delivery): DeliveryTask;
  /**
   * The broker made us the partition's active consumer: runs at the first delivery of each subscription, before any of
   * its tasks. What another owner has left behind is read here, not at the subscription, which may stand by for hours.
   * A rejection opens the channel again, so that no task runs without it.
   */
  taken(partition: TakenPartition, signals: DeliverySignals): Promise<void>;
  /**
   * The subscription is stopped in order, and what it ran has ended: whatever else goes on for the partition ends here,
   * before the channel closes and another owner begins. Only of a partition that was taken, within the drain's time.
   * A rejection is logged.
   */
  released(partition: TakenPartition): Promise<void>;
  /**
   * This replica consumes the partition no more, and its channel is closed, however it ended: also where it was lost, or
   * the drain's time was over, so that nothing was released. Must not throw.
   */
  left(partition: PartitionQueue): void;
}
