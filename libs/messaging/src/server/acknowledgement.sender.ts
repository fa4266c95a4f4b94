import type { Channel, ConsumeMessage } from 'amqplib';
import { Acknowledgements, HOLE_MS, type Acknowledgement } from './acknowledgements.js';
import type { SubscriptionOptions } from './subscription.options.js';

/** How often a hole's age is looked at where no settled delivery does it. */
const TICK_MS = HOLE_MS / 2;
/**
 * While deliveries run, their acknowledgements wait for each other, so many or so long: each that is sent costs a write
 * to the socket, and an entry in the log of a quorum queue.
 */
const SENT_TOGETHER = 64;
const SENT_WITHIN_MS = 5;

/** Sends the acknowledgements of one channel as they are planned, until its end. */
export class AcknowledgementSender {
  private readonly plan: Acknowledgements;
  private readonly together: number;
  private readonly ticker: NodeJS.Timeout;
  private timer: NodeJS.Timeout | undefined;
  private isDue = false;
  private isOver = false;

  /** `onLost`: the channel takes no more, because its connection is going. */
  constructor(
    private readonly channel: Pick<Channel, 'ack'>,
    private readonly options: Pick<SubscriptionOptions, 'prefetch' | 'counters'>,
    private readonly onLost: () => void,
  ) {
    this.plan = new Acknowledgements(options.prefetch);
    this.together = Math.min(SENT_TOGETHER, Math.ceil(options.prefetch / 4));
    this.ticker = setInterval(() => this.flush(), TICK_MS).unref();
  }

  /** Deliveries whose handling has not ended. */
  get unsettledCount(): number {
    return this.plan.unsettledCount;
  }

  /** Whether all that the prefetch allows is with us. */
  get isFull(): boolean {
    return this.plan.outstandingCount >= this.options.prefetch;
  }

  delivered(tag: number): void {
    this.plan.delivered(tag, performance.now());
  }

  settle(tag: number): void {
    this.plan.settle(tag);
    if (this.isDue || this.isOver) return;
    if (this.plan.unsettledCount === 0 || this.plan.settledCount >= this.together) {
      this.isDue = true; // one flush per turn of the event loop, however many settle in it
      setImmediate(() => this.flush());
    } else this.timer ??= setTimeout(() => this.flush(), SENT_WITHIN_MS);
  }

  /** Sends what can be acknowledged now. */
  flush(): void {
    this.isDue = false;
    clearTimeout(this.timer);
    this.timer = undefined;
    this.send(() => this.plan.due(performance.now()));
  }

  /** Sends everything settled, whatever lies between. */
  flushAll(): void {
    this.send(() => this.plan.all());
  }

  /** A delivery that was not counted among those that are handled. */
  sendSingle(tag: number): void {
    this.send(() => [{ tag, multiple: false }]);
  }

  /** No acknowledgement goes out any more. */
  end(): void {
    this.isOver = true;
    clearInterval(this.ticker);
    clearTimeout(this.timer);
  }

  private send(take: () => Acknowledgement[]): void {
    if (this.isOver) return;
    const before = this.plan.outstandingCount;
    for (const { tag, multiple } of take()) this.acknowledge(tag, multiple);
    this.options.counters.acknowledged += before - this.plan.outstandingCount;
  }

  private acknowledge(tag: number, multiple: boolean): void {
    try {
      this.channel.ack({ fields: { deliveryTag: tag } } as ConsumeMessage, multiple); // amqplib reads the tag alone
    } catch {
      this.onLost(); // the connection is going; `close` follows
    }
  }
}
