import { canonicalKeyOf, positionKey, type DocumentEvent } from '@sluice/contracts';
import type { HandlerClock } from '../clock/handler.clock.js';
import { noCounts, type MirrorCounters } from './mirror.counters.js';
import { MirrorEventExpiredError } from './mirror.errors.js';
import { planOn, planUnread, type MirrorPlan } from './mirror.plan.js';
import type { MirrorWrite, WriteOutcome } from './mirror.state.js';
import type { MirrorStore } from './mirror.store.js';

/** One document's events of a batch, in order. */
interface DocumentRun {
  readonly id: unknown;
  readonly events: readonly DocumentEvent[];
  /** Times that it met a conflict although what was read had not changed. */
  readonly standstills: number;
  /** As it stood when it was planned last. */
  readonly seen: string | undefined;
}

interface PlannedRun {
  readonly run: DocumentRun;
  readonly plan: MirrorPlan;
}

/** What of a batch did not come into the mirror. */
export interface MirrorLeft {
  /** The events that could not be applied, and why. */
  readonly failures: Map<DocumentEvent, unknown>;
  /** Updates of documents that the mirror does not have and that had gone when they were looked up. */
  readonly unknown: DocumentEvent[];
}

/** A conflict that stays while the document does not change is one with another document's unique value. */
const MOST_STANDSTILLS = 3;

const DONE: WriteOutcome = { kind: 'written' };

/**
 * Brings batches of events into a mirror, one write a document. Several may do so at once, also in different processes:
 * each write is for exactly the state that it was planned on, and who finds another one plans again.
 */
export class MirrorWriter {
  constructor(
    private readonly store: MirrorStore,
    private readonly tombstoneTtlMs: number,
    private readonly clock: Pick<HandlerClock, 'now'>,
    readonly counters: MirrorCounters = noCounts(),
  ) {}

  /** `isReplayed`: whether an event is a dead letter that was sent back. */
  async apply(
    events: readonly DocumentEvent[],
    isReplayed: (event: DocumentEvent) => boolean = () => false,
  ): Promise<MirrorLeft> {
    // Read anew for each batch: another replica may have raised it, and the collection been copied by hand since.
    const { floor } = await this.store.record();
    const [below, counting] = parted(events, ({ position }) => positionKey(position) < floor);
    await this.ignore(below, floor);
    const left: MirrorLeft = { failures: new Map(), unknown: [] };
    const isExpired = (event: DocumentEvent) => isReplayed(event) && this.isOlderThanTombstones(event);
    await this.settle(runsOf(counting), left, isExpired);
    await this.keepTo(floor, counting);
    this.counters.refused += left.failures.size;
    return left;
  }

  /** Nothing below the position counts any more. */
  async drop(position: string): Promise<void> {
    await this.store.raiseFloor(position);
    await this.store.clearBelow(position);
  }

  /**
   * What an owner of the partition before wrote without knowing of the floor goes with the event that brought it, which
   * had not been acknowledged.
   */
  private async ignore(events: readonly DocumentEvent[], floor: string): Promise<void> {
    if (events.length === 0) return;
    await this.store.clearBelow(floor, idsOf(events));
    this.counters.belowFloor += events.length;
  }

  /**
   * A floor that another replica raised while this one wrote takes back what was written, and nothing else: what was
   * there before is cleared by who raised it, and documents that have come by hand since are to stay.
   */
  private async keepTo(floor: string, written: readonly DocumentEvent[]): Promise<void> {
    const record = await this.store.record();
    if (record.floor > floor) await this.store.clearBelow(record.floor, idsOf(written));
  }

  private async settle(
    runs: readonly DocumentRun[],
    left: MirrorLeft,
    isExpired: (event: DocumentEvent) => boolean,
  ): Promise<void> {
    let open = runs;
    for (let round = 0; open.length > 0; round++) {
      const planned = await this.plan(open, round > 0, left, isExpired);
      const outcomes = await this.write(planned);
      const again: DocumentRun[] = [];
      for (const [index, { run, plan }] of planned.entries()) {
        const outcome = outcomes[index] ?? DONE;
        if (outcome.kind === 'conflict' && run.standstills < MOST_STANDSTILLS) again.push(run);
        else if (outcome.kind === 'written') this.conclude(plan, left);
        else await this.settleSingly(run, outcome.error, left, isExpired);
      }
      open = again;
    }
  }

  /** Documents whose events have the whole of it are not read first. */
  private async plan(
    runs: readonly DocumentRun[],
    isSecond: boolean,
    left: MirrorLeft,
    isExpired: (event: DocumentEvent) => boolean,
  ): Promise<PlannedRun[]> {
    const planned = runs.map((run): PlannedRun | DocumentRun => {
      const unread = isSecond || run.events.some(isExpired) ? undefined : planUnread(run.events);
      return unread === undefined || unread.refused !== undefined ? run : { run, plan: unread };
    });
    const toRead = planned.filter((each): each is DocumentRun => !('plan' in each));
    const states = toRead.length === 0 ? new Map<string, never>() : await this.store.read(toRead.map(({ id }) => id));
    return planned.flatMap((each): PlannedRun[] => {
      if ('plan' in each) return [each];
      const stored = states.get(canonicalKeyOf(each.id));
      const events = stored === undefined ? without(each.events, isExpired, left) : each.events;
      const seen = stored === undefined ? '' : `at ${stored.position ?? ''}`;
      const standstills = seen === each.seen ? each.standstills + 1 : 0;
      return [{ run: { ...each, events, seen, standstills }, plan: planOn(stored, events) }];
    });
  }

  private async write(planned: readonly PlannedRun[]): Promise<readonly WriteOutcome[]> {
    const writes = planned.flatMap(({ plan: { write } }): MirrorWrite[] => (write === undefined ? [] : [write]));
    const outcomes = writes.length === 0 ? [] : await this.store.write(writes);
    let next = 0;
    return planned.map(({ plan }) => (plan.write === undefined ? DONE : (outcomes[next++] ?? DONE)));
  }

  private conclude({ write, repeated, overtaken, unknown, refused }: MirrorPlan, left: MirrorLeft): void {
    if (write !== undefined) this.counters.written += 1;
    this.counters.repeated += repeated;
    this.counters.overtaken += overtaken;
    this.counters.unknown += unknown.length;
    left.unknown.push(...unknown);
    if (refused !== undefined) left.failures.set(refused.event, refused.error);
  }

  /** One write for several events does not say which of them the server refuses. */
  private async settleSingly(
    { id, events }: DocumentRun,
    error: unknown,
    left: MirrorLeft,
    isExpired: (event: DocumentEvent) => boolean,
  ): Promise<void> {
    const [first] = events;
    if (first !== undefined && events.length === 1) {
      left.failures.set(first, error);
      return;
    }
    for (const event of events) {
      await this.settle([{ id, events: [event], standstills: 0, seen: undefined }], left, isExpired);
      if (left.failures.has(event)) return; // those behind it are handed over with it
    }
  }

  private isOlderThanTombstones({ position }: DocumentEvent): boolean {
    return this.clock.now().getTime() - position.clusterTime.t * 1000 > this.tombstoneTtlMs;
  }
}

function idsOf(events: readonly DocumentEvent[]): unknown[] {
  return events.map(({ documentKey }) => documentKey._id);
}

function runsOf(events: readonly DocumentEvent[]): DocumentRun[] {
  const runs = new Map<string, DocumentEvent[]>();
  for (const event of events) {
    const key = canonicalKeyOf(event.documentKey._id);
    const run = runs.get(key);
    if (run === undefined) runs.set(key, [event]);
    else run.push(event);
  }
  return [...runs.values()].map((run) => ({
    id: run[0]?.documentKey._id,
    events: run,
    standstills: 0,
    seen: undefined,
  }));
}

function parted<T>(values: readonly T[], isFirst: (value: T) => boolean): [T[], T[]] {
  return [values.filter(isFirst), values.filter((value) => !isFirst(value))];
}

function without(
  events: readonly DocumentEvent[],
  isExpired: (event: DocumentEvent) => boolean,
  { failures }: MirrorLeft,
): DocumentEvent[] {
  const [expired, others] = parted(events, isExpired);
  for (const event of expired) failures.set(event, new MirrorEventExpiredError(event));
  return others;
}
