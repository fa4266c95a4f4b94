import { setMaxListeners } from 'node:events';
import { Lanes } from '@sluice/messaging';
import type { Delivery, DeliverySignals, TakenPartition } from '@sluice/messaging';
import type { HandlerClock } from '@sluice/handlers';
import { ParkedLane, type ParkedOutcome } from './parked.lane.js';
import type { FoundEvent, ParkedEvent, ParkedLaneKey, TakenEvents } from './parked-event.js';
import type { ParkedStore } from './parked.store.js';
import { PartitionLostError } from './partition-lost.error.js';
import { restoredDelivery } from './stored-delivery.codec.js';

/** Runs a parked event's handler once. */
export type RunParked = (event: FoundEvent, delivery: Delivery, signals: DeliverySignals) => Promise<ParkedOutcome>;

export interface PartitionTools {
  readonly store: ParkedStore;
  readonly clock: HandlerClock;
  /** Shared by all partitions, and outliving them: a run that a lost channel has left goes on, and keeps its lane. */
  readonly turns: Lanes;
  readonly run: RunParked;
  /** Repeats what has to be done in the store, until it is or the signal fires. */
  readonly stored: <T>(write: () => Promise<T>, signal: AbortSignal) => Promise<T>;
}

/**
 * What is parked of one partition, from its taking to the end of that subscription. What it knows is the truth: only
 * the partition's owner adds and removes, so that no look at the store is needed before an event.
 */
export class ParkedPartition {
  private readonly lanes = new Map<string, ParkedLane>();
  private readonly working = new Set<Promise<void>>();
  private readonly resting = new AbortController();
  private readonly signals: DeliverySignals;
  private isLost = false;

  constructor(
    private readonly place: TakenPartition,
    private readonly taken: TakenEvents,
    { stopping, over }: DeliverySignals,
    private readonly tools: PartitionTools,
  ) {
    this.signals = { stopping: AbortSignal.any([stopping, this.resting.signal]), over };
    setMaxListeners(0, this.signals.stopping); // each parked document waits with it
    for (const key of taken.lanes) this.begin(key);
  }

  /** Lanes: documents, counted for each handler that they wait for. */
  get size(): number {
    return this.lanes.size;
  }

  /** The document is asked for only where something is parked: its mark is a hash. @throws PartitionLostError */
  holds(handler: string, document: () => string): boolean {
    if (this.isLost) throw new PartitionLostError(this.place.queue);
    return this.lanes.size > 0 && this.lanes.has(nameOf({ handler, document: document() }));
  }

  /** Puts an event into its lane, which begins with it where there is none. Resolves when it is stored. */
  add(event: ParkedEvent): Promise<void> {
    const { handler, document, bucket } = event;
    const lane = this.lanes.get(nameOf(event));
    if (lane !== undefined) return lane.add(event);
    const begun = new ParkedLane({ handler, document, bucket }, this.laneTools({ handler, document }));
    const stored = begun.add(event); // before it works: a lane without anything ends at once
    this.start(begun);
    return stored;
  }

  /** Resolves when nobody waits for this document any more, or the subscription stops. */
  async whenFree(document: string): Promise<void> {
    while ([...this.lanes.values()].some(({ key }) => key.document === document)) {
      await Promise.race(this.working);
      this.signals.stopping.throwIfAborted();
    }
  }

  /** Nothing more is begun. */
  rest(): void {
    this.resting.abort();
  }

  /** Resolves when nothing runs any more; it rests, or the subscription is stopping. */
  async ended(): Promise<void> {
    await Promise.all(this.working);
  }

  private begin(key: ParkedLaneKey): void {
    this.start(new ParkedLane(key, this.laneTools(key)));
  }

  private start(lane: ParkedLane): void {
    this.lanes.set(nameOf(lane.key), lane);
    const working: Promise<void> = lane.work().finally(() => this.working.delete(working));
    this.working.add(working);
  }

  private laneTools(key: Pick<ParkedLaneKey, 'handler' | 'document'>) {
    const { store, clock, turns, stored, run } = this.tools;
    const { signals, place, taken } = this;
    const name = nameOf(key);
    return {
      store,
      clock,
      stored: <T>(write: () => Promise<T>) => stored(write, signals.stopping),
      epoch: taken.epoch,
      stopping: signals.stopping,
      run: (event: FoundEvent) => run(event, restoredDelivery(event.delivery, place), signals),
      inTurn: (work: () => Promise<void>) => inTurn(turns, name, this, work),
      emptied: (lane: ParkedLane) => void this.lanes.delete(nameOf(lane.key)),
      lost: () => (this.isLost = true),
    };
  }
}

function nameOf({ handler, document }: Pick<ParkedLaneKey, 'handler' | 'document'>): string {
  return `${document} ${handler}`;
}

/** The lanes swallow what a task throws; whoever waits for it wants to know. */
function inTurn(turns: Lanes, name: string, owner: object, work: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => turns.push(name, owner, () => work().then(resolve, reject)));
}
