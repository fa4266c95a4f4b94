import type { Delivery, DeliveryTask } from '@sluice/messaging';
import { deliveryMark } from './call-mark.js';

/**
 * How many messages one write notes. More would be fewer writes after a crash, and more calls that are noted one by one
 * after a second one (docs/adr/0008).
 */
export const NOTED_AT_ONCE = 32;

/**
 * Where a suspect stands. `shortlisted`: an earlier holder had noted it when it died. `noted`: we have. `unnoted`: to be
 * noted before its calls. `unknown`: not of this partition's deliveries, or without a name.
 */
export type SuspectStanding = 'shortlisted' | 'noted' | 'unnoted' | 'unknown';

type Suspect = Pick<Delivery, 'redelivered' | 'properties'>;

/**
 * One subscription's hold of a partition: whether what was delivered before is suspect, what of it is noted, and whether
 * all of it has passed. The broker hands out again first what an earlier consumer held, in order, and marks it; so the
 * first delivery without the mark is behind all of it (https://www.rabbitmq.com/docs/consumers#message-properties).
 */
export class PartitionTenure {
  private suspicion = false;
  private hasSeenFresh = false;
  /** What came again and has not settled, in the order of its delivery. */
  private readonly open = new Map<number, string | undefined>();
  private followed = 0;
  private readonly shortlist = new Set<string>();
  private readonly noted = new Set<string>();

  /** An earlier holder may have died of something that comes again, and of what it had noted rather than of the rest. */
  suspect(shortlist: Iterable<string>): void {
    this.suspicion = true;
    for (const mark of shortlist) this.shortlist.add(mark);
  }

  suspects({ redelivered }: Pick<Delivery, 'redelivered'>): boolean {
    return this.suspicion && redelivered;
  }

  /** Nothing suspect is left to be handled. */
  get isThrough(): boolean {
    return !this.suspicion || (this.hasSeenFresh && this.open.size === 0);
  }

  /** What is shortlisted and has not passed yet, be it that it has not come yet. */
  get left(): string[] {
    const open = new Set(this.open.values());
    return [...this.shortlist].filter((mark) => !this.hasSeenFresh || open.has(mark));
  }

  standingOf(suspect: Pick<Delivery, 'properties'>): SuspectStanding {
    const mark = deliveryMark(suspect);
    if (mark === undefined) return 'unknown';
    if (this.shortlist.has(mark)) return 'shortlisted';
    if (this.noted.has(mark)) return 'noted';
    return [...this.open.values()].includes(mark) ? 'unnoted' : 'unknown';
  }

  /**
   * What is to be noted before this suspect's calls: it and what came behind it, then what is before it, up to
   * `NOTED_AT_ONCE`; and again what is noted and has not settled, so that each is noted once, however they take turns.
   */
  nextNote(suspect: Pick<Delivery, 'properties'>): string[] {
    const open = [...this.open.values()].filter((mark) => mark !== undefined);
    const from = open.indexOf(deliveryMark(suspect) ?? '');
    const inTurn = [...open.slice(from), ...open.slice(0, from)];
    const fresh = inTurn.filter((mark) => !this.shortlist.has(mark) && !this.noted.has(mark));
    const kept = open.filter((mark) => this.noted.has(mark));
    return [...new Set([...this.left, ...kept, ...fresh.slice(0, NOTED_AT_ONCE)])];
  }

  /** This note is written, and nothing else is noted any more. */
  note(messages: readonly string[]): void {
    this.noted.clear();
    for (const mark of messages) if (!this.shortlist.has(mark)) this.noted.add(mark);
  }

  /** Notes a delivery, and when it has settled. In the order in which the broker delivers. */
  follow(delivery: Suspect, task: DeliveryTask): DeliveryTask {
    if (!delivery.redelivered) this.hasSeenFresh = true;
    if (!delivery.redelivered) return task;
    const number = ++this.followed;
    this.open.set(number, deliveryMark(delivery));
    const run: DeliveryTask['run'] = async (signals) => {
      const outcome = await task.run(signals);
      if (typeof outcome === 'string') this.end(number, outcome);
      else
        void outcome.later.then(
          (later) => this.end(number, later),
          () => undefined,
        ); // its own run tells of a rejection
      return outcome;
    };
    return { ...task, run };
  }

  private end(number: number, outcome: 'settled' | 'left'): void {
    if (outcome === 'left') return;
    const mark = this.open.get(number);
    this.open.delete(number);
    if (mark !== undefined) this.shortlist.delete(mark);
  }
}
