import type { AloneStep, DeliveryTask, StepOutcome } from './delivery.js';

/** A delivery on its way into the lanes. */
export interface Arrival {
  readonly tag: number;
  readonly task: DeliveryTask;
}

/** What lies behind the intake. */
export interface IntakeDoor {
  /** Puts the task into its lane. */
  begin(arrival: Arrival): void;
  /** Runs the step once what was settled is acknowledged. `stopping`: everything comes again. */
  alone(step: AloneStep): Promise<StepOutcome | 'stopping'>;
  /** So many deliveries are of streams that are read to their end: they are never begun. Told when it grows. */
  kept(count: number): void;
}

/** How far one stream's deliveries are. */
interface StreamOrder {
  readonly name: string;
  unsettled: number;
  /** A delivery of it is, or will be, done alone. */
  held: boolean;
  /** Read to its end: what is held now stays so. */
  over: boolean;
  readonly waiting: Arrival[];
  /** The delivery whose end lets the others go on. */
  holder: Arrival | undefined;
  whenDrained: (() => void) | undefined;
}

/**
 * Lets one partition's deliveries into the lanes, in their order. A delivery with a step to be done alone waits until
 * everything of its stream before it has settled, and holds what is behind it. Other streams go on: their order has
 * nothing to do with it, and were they held as well, two partitions that see two streams' steps the other way round
 * would wait for each other. Outside the lanes, because who waits there keeps a place that the others need to end.
 */
export class PartitionIntake {
  private readonly streams = new Map<string, StreamOrder>();
  private kept = 0;

  constructor(private readonly door: IntakeDoor) {}

  /** In the order in which the broker delivers. */
  add(arrival: Arrival): void {
    const { stream } = arrival.task;
    if (stream === undefined) return this.door.begin(arrival);
    const order = this.orderOf(stream);
    if (order.over) this.keep(1);
    else if (order.held) order.waiting.push(arrival);
    else this.admit(order, arrival);
  }

  settled(arrival: Arrival): void {
    const { stream } = arrival.task;
    const order = stream === undefined ? undefined : this.streams.get(stream);
    if (order === undefined) return;
    order.unsettled -= 1;
    if (order.unsettled === 0) order.whenDrained?.();
    if (order.holder === arrival) this.release(order);
    else this.forgetIdle(order);
  }

  private orderOf(name: string): StreamOrder {
    const known = this.streams.get(name);
    if (known !== undefined) return known;
    const order = {
      name,
      unsettled: 0,
      held: false,
      over: false,
      waiting: [],
      holder: undefined,
      whenDrained: undefined,
    };
    this.streams.set(name, order);
    return order;
  }

  private keep(count: number): void {
    this.kept += count;
    this.door.kept(this.kept);
  }

  private admit(order: StreamOrder, arrival: Arrival): void {
    const step = arrival.task.alone?.();
    if (step === undefined) return this.begin(order, arrival);
    order.held = true;
    void this.pass(order, arrival, step);
  }

  private async pass(order: StreamOrder, arrival: Arrival, first: AloneStep): Promise<void> {
    for (let step: AloneStep | undefined = first; step !== undefined; step = arrival.task.alone?.()) {
      await drained(order);
      const outcome = await this.door.alone(step);
      if (outcome === 'over') this.end(order);
      if (outcome !== 'passed') return;
    }
    if (arrival.task.holds === true) order.holder = arrival;
    this.begin(order, arrival);
    if (arrival.task.holds !== true) this.release(order);
  }

  /** With the delivery whose step said so. */
  private end(order: StreamOrder): void {
    order.over = true;
    this.keep(1 + order.waiting.splice(0).length);
  }

  private begin(order: StreamOrder, arrival: Arrival): void {
    order.unsettled += 1;
    this.door.begin(arrival);
  }

  private release(order: StreamOrder): void {
    order.holder = undefined;
    order.held = false;
    for (let next = order.waiting.shift(); next !== undefined; next = order.waiting.shift()) {
      this.admit(order, next);
      if (this.isHeld(order)) return;
    }
    this.forgetIdle(order);
  }

  private isHeld({ held }: StreamOrder): boolean {
    return held;
  }

  /** Names come with the messages: a foreign program could send any number of them. */
  private forgetIdle(order: StreamOrder): void {
    if (order.unsettled === 0 && !order.held) this.streams.delete(order.name);
  }
}

function drained(order: StreamOrder): Promise<void> {
  if (order.unsettled === 0) return Promise.resolve();
  return new Promise((resolve) => {
    order.whenDrained = () => {
      order.whenDrained = undefined;
      resolve();
    };
  });
}
