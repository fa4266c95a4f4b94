import { Injectable, Logger } from '@nestjs/common';
import { JOINING_LIMIT_MS } from '@sluice/contracts';
import { QueuePublisher } from '../connections/queue.publisher.js';
import { HandledPositions } from './handled.positions.js';
import { lostQueueGaps } from './lost-queue-gap.mapper.js';
import type { GapStart, QueueRecord } from './queue-record.js';
import { QueueRecordStore } from './queue-record.store.js';

/** Streams wait for a group that joins, so long for sure: what they send later is lost too while a queue is unbound. */
const DEBT_HOLDS_MS = JOINING_LIMIT_MS / 2;

/**
 * Tells handlers what is lost with a queue that somebody has deleted: a gap event of each stream, from what was handled
 * last. That it is owed is stored before the queue is made again, it is sent while nothing else can come, and it is paid
 * when the queue is bound: a crash at any point tells it once more, and never not at all.
 */
@Injectable()
export class LostQueues {
  private readonly logger = new Logger(LostQueues.name);
  private lost = 0;

  constructor(
    private readonly store: QueueRecordStore,
    private readonly positions: HandledPositions,
    private readonly publisher: QueuePublisher,
  ) {}

  /** How many losses this replica was the first to note. */
  get noted(): number {
    return this.lost;
  }

  /** What is known of the queues. To be read before the broker is asked whether they are there. */
  known(queues: readonly string[]): Promise<QueueRecord[]> {
    return this.store.find(queues);
  }

  /** Of these queues the ones that were ever lost. */
  async losses(queues: readonly string[]): Promise<{ queue: string; times: number; lastAt: Date }[]> {
    const records = await this.store.find(queues);
    return records.flatMap(({ queue, losses, lostAt }) =>
      lostAt === undefined ? [] : [{ queue, times: losses, lastAt: lostAt }],
    );
  }

  /** These are gone. Streams have to wait already: what they send from now on must not be lost. */
  async owe(records: readonly QueueRecord[]): Promise<void> {
    for (const record of records) {
      if (record.debt !== undefined) continue;
      const starts = await this.startsOf(record.queue);
      if (!(await this.store.owe(record, starts))) continue;
      this.lost += 1;
      this.say(record.queue, starts);
    }
  }

  /**
   * The queues are there, and not bound. Puts what is owed into them, and answers it: `paid` when they are bound. Those
   * made for the first time are noted.
   */
  async tell(queues: readonly string[]): Promise<QueueRecord[]> {
    const records = await this.renewed(await this.store.find(queues));
    for (const queue of queues) {
      const record = records.find((each) => each.queue === queue);
      if (record === undefined) await this.store.begin(queue);
      else await this.send(record, queue);
    }
    return records.filter(({ debt }) => debt !== undefined);
  }

  async paid(records: readonly QueueRecord[]): Promise<void> {
    for (const record of records) await this.store.clear(record);
  }

  /** Tells in another queue what is lost with one that is not made again. May be repeated. */
  async tellElsewhere(lost: string, queue: string): Promise<void> {
    await this.owe(await this.store.find([lost]));
    for (const record of await this.store.find([lost])) await this.send(record, queue);
  }

  /** An old debt was left by a crash: streams may have gone on since. */
  private async renewed(records: readonly QueueRecord[]): Promise<QueueRecord[]> {
    const old = records.filter(({ debt, seenAt }) => debt && seenAt.getTime() - debt.to.getTime() > DEBT_HOLDS_MS);
    if (old.length === 0) return [...records];
    for (const record of old) await this.store.owe(record, []);
    return this.store.find(records.map(({ queue }) => queue));
  }

  private async send(record: QueueRecord, queue: string): Promise<void> {
    if (record.debt === undefined) return;
    for (const message of lostQueueGaps(record, record.debt)) await this.publisher.send(queue, message);
  }

  /** Of every stream: one of which nothing was handled yet may have had its first events in the queue. */
  private async startsOf(queue: string): Promise<GapStart[]> {
    await this.positions.save(queue);
    const handled = await this.store.positions(queue);
    const streams = new Set([...handled.keys(), ...(await this.store.streams())]);
    return [...streams].sort().map((stream) => ({ stream, after: handled.get(stream) }));
  }

  private say(queue: string, starts: readonly GapStart[]): void {
    const told = starts.length === 0 ? 'no stream is known' : `handlers are told by ${starts.length} gap events`;
    this.logger.error(`queue ${queue} was deleted: the events that were in it are lost to its group; ${told}`);
  }
}
