import type { HandlerClock } from '@sluice/handlers';
import type { FoundEvent, ParkedEvent, ParkedLaneKey } from './parked-event.js';
import type { ParkedStore } from './parked.store.js';

/** What came of a run. `left`: nothing, because we are stopping. */
export type ParkedOutcome =
  | { readonly kind: 'settled' | 'left' }
  | ({ readonly kind: 'postponed' } & Pick<ParkedEvent, 'attempts' | 'firstFailedAt' | 'dueAt'>);

/** What a lane needs of its partition. */
export interface LaneTools {
  readonly store: ParkedStore;
  readonly epoch: number;
  readonly clock: HandlerClock;
  readonly stopping: AbortSignal;
  /** Waits for the lane's turn among all lanes. */
  readonly inTurn: (work: () => Promise<void>) => Promise<void>;
  /** Runs the handler once. */
  readonly run: (event: FoundEvent) => Promise<ParkedOutcome>;
  /** There is nothing parked any more: the lane ends with this very call. */
  readonly emptied: (lane: ParkedLane) => void;
  /** Another owner was seen. */
  readonly lost: () => void;
  /** Repeats a write until it is done; rejects when we are stopping. */
  readonly stored: <T>(write: () => Promise<T>) => Promise<T>;
}

/**
 * Works on one handler's parked events of one document, the earliest first, until there are none. It counts as existing
 * until then, and for as long as an event is on its way to it: who comes meanwhile goes behind, and never past.
 */
export class ParkedLane {
  private readonly arriving = new Set<Promise<void>>();
  private arrived = 0;
  /** The earliest position that has come since the lane's first event was asked for. */
  private earliest: string | undefined;
  /** What is being handled, from before its call until it is removed or waits again. */
  private current: { readonly eventId: string; readonly ended: Promise<void> } | undefined;

  constructor(
    readonly key: ParkedLaneKey,
    private readonly tools: LaneTools,
  ) {}

  /** Resolves when the event is stored. It is counted from the call on, before anything is awaited. */
  add(event: ParkedEvent): Promise<void> {
    const { position } = event;
    if (this.earliest === undefined || position < this.earliest) this.earliest = position;
    const storing: Promise<void> = this.store(event).finally(() => {
      this.arriving.delete(storing);
      this.arrived += 1;
    });
    this.arriving.add(storing);
    return storing;
  }

  /**
   * The repeat of the event that is being handled is stored behind its end: taken for the one that is there, it would be
   * missing behind the repeats of earlier events, and the document would end with one of those.
   */
  private async store(event: ParkedEvent): Promise<void> {
    const { store, epoch, stored } = this.tools;
    if (this.current?.eventId === event.eventId) await this.current.ended;
    await stored(() => store.add(epoch, event));
  }

  /** Resolves when the lane is empty, or its owner stops or has lost it. */
  async work(): Promise<void> {
    const { stopping, stored } = this.tools;
    try {
      while (!stopping.aborted) if (!(await stored(() => this.workOnFirst()))) return;
    } catch (error) {
      if (!stopping.aborted) throw error;
    }
  }

  /** `false`: there is nothing more to do. */
  private async workOnFirst(): Promise<boolean> {
    const { store, epoch, clock, stopping, lost, emptied, inTurn } = this.tools;
    const { arrived } = this;
    this.earliest = undefined;
    await Promise.allSettled(this.arriving);
    const event = await store.first(epoch, this.key);
    if (event !== undefined) {
      await clock.wait(Math.max(0, event.dueAt.getTime() - clock.now().getTime()), stopping);
      await inTurn(() => this.step(event));
      return true;
    }
    const isOwner = await store.isOwner(epoch, this.key.bucket);
    if (!isOwner) lost();
    else if (this.arriving.size > 0 || this.arrived !== arrived) return true;
    emptied(this); // nothing may be awaited between the look at what arrives and this
    return false;
  }

  private async step(event: FoundEvent): Promise<void> {
    const { stopping } = this.tools;
    if (stopping.aborted || this.isBehind(event)) return; // the next look finds what is to be handled first
    const handling = this.handle(event);
    this.current = { eventId: event.eventId, ended: endOf(handling, stopping) };
    try {
      await handling;
    } finally {
      this.current = undefined;
    }
  }

  /** An earlier event has come while this one waited: a repeat. */
  private isBehind({ position }: FoundEvent): boolean {
    return this.earliest !== undefined && this.earliest < position;
  }

  private async handle(event: FoundEvent): Promise<void> {
    const { store, epoch, run } = this.tools;
    if (!(await store.begin(epoch, event))) return; // not ours any more: the next look tells
    const outcome = await run(event);
    if (outcome.kind === 'settled') return this.persist(() => store.remove(epoch, event));
    await this.persist(() => store.postpone(epoch, event, outcome.kind === 'postponed' ? outcome : event));
  }

  /** Once more than we may wait for: without it, a handled event would be handled again. */
  private async persist(write: () => Promise<boolean>): Promise<void> {
    try {
      await write();
    } catch {
      await this.tools.stored(write);
    }
  }
}

/** Resolves when the work has ended, however, or nobody waits for it any more. */
function endOf(work: Promise<void>, stopping: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      stopping.removeEventListener('abort', done);
      resolve();
    };
    stopping.addEventListener('abort', done);
    work.then(done, done);
  });
}
