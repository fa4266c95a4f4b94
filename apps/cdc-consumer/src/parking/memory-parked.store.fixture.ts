import type { FoundEvent, ParkedEvent, ParkedLaneKey, TakenEvents } from './parked-event.js';
import { ParkedStore, type ParkedEventKey } from './parked.store.js';

type Kept = FoundEvent & { epoch: number };

/** What a state database would keep, for tests that need none. Every call yields once, so that calls interleave. */
export class MemoryParkedStore extends ParkedStore {
  readonly kept = new Map<string, Kept>();
  private epoch = 0;
  private readonly loaded = new Map<number, number>();

  override async take(buckets: readonly number[]): Promise<TakenEvents> {
    await Promise.resolve();
    const epoch = ++this.epoch;
    const lanes = new Map<string, ParkedLaneKey>();
    for (const [key, event] of [...this.kept]) {
      if (!buckets.includes(event.bucket)) continue;
      if (event.epoch < (this.loaded.get(event.bucket) ?? 0)) this.kept.delete(key);
      else {
        event.epoch = epoch;
        lanes.set(`${event.document} ${event.handler}`, event);
      }
    }
    for (const bucket of buckets) this.loaded.set(bucket, epoch);
    const found = [...lanes.values()].map(({ handler, document, bucket }) => ({ handler, document, bucket }));
    return { epoch, lanes: found };
  }

  override async add(epoch: number, event: ParkedEvent): Promise<void> {
    await Promise.resolve();
    const there = this.kept.get(keyOf(event));
    if (there === undefined || there.epoch < epoch) this.kept.set(keyOf(event), { ...event, epoch, begun: false });
  }

  override async first(epoch: number, { handler, document }: ParkedLaneKey): Promise<FoundEvent | undefined> {
    await Promise.resolve();
    const lane = [...this.kept.values()].filter(
      (event) => event.epoch === epoch && event.handler === handler && event.document === document,
    );
    lane.sort((a, b) => (a.position < b.position ? -1 : 1));
    if (lane[0] === undefined) return undefined;
    const { epoch: _epoch, ...event } = lane[0];
    return event;
  }

  override begin(epoch: number, key: ParkedEventKey): Promise<boolean> {
    return this.change(epoch, key, { begun: true });
  }

  override postpone(
    epoch: number,
    key: ParkedEventKey,
    { attempts, firstFailedAt, dueAt }: Pick<ParkedEvent, 'attempts' | 'firstFailedAt' | 'dueAt'>,
  ): Promise<boolean> {
    return this.change(epoch, key, { attempts, firstFailedAt, dueAt, begun: false });
  }

  override async remove(epoch: number, key: ParkedEventKey): Promise<boolean> {
    await Promise.resolve();
    return this.kept.get(keyOf(key))?.epoch === epoch && this.kept.delete(keyOf(key));
  }

  override async isOwner(epoch: number, bucket: number): Promise<boolean> {
    await Promise.resolve();
    return (this.loaded.get(bucket) ?? 0) <= epoch;
  }

  override async count(): Promise<number> {
    await Promise.resolve();
    return new Set([...this.kept.values()].map(({ handler, document }) => `${document} ${handler}`)).size;
  }

  override async overdue(time: Date): Promise<number[]> {
    await Promise.resolve();
    const due = [...this.kept.values()].filter(({ dueAt }) => dueAt < time);
    return [...new Set(due.map(({ bucket }) => bucket))];
  }

  private async change(epoch: number, key: ParkedEventKey, fields: Partial<Kept>): Promise<boolean> {
    await Promise.resolve();
    const event = this.kept.get(keyOf(key));
    if (event?.epoch !== epoch) return false;
    Object.assign(event, fields);
    return true;
  }
}

function keyOf({ handler, eventId }: ParkedEventKey): string {
  return `${handler} ${eventId}`;
}
